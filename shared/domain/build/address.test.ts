import { addressAllowed, parseAddress, type Reach, reachOf } from "./address.ts";

const reach = (text: string): Reach | "name" => {
  const address = parseAddress(text);
  return address === undefined ? "name" : reachOf(address);
};

const vectors: Readonly<Record<Reach | "name", readonly string[]>> = {
  metadata: [
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "025177524776",
    "169.16689662",
    "169.254.43518",
    "0xa9.0xfe.0xa9.0xfe",
    "0251.0376.0251.0376",
    "169.254.0xa9fe",
    "0251.254.169.254",
    "169.254.169.254.",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "[::ffff:a9fe:a9fe]",
    "0:0:0:0:0:ffff:169.254.169.254",
    "::169.254.169.254",
    "64:ff9b::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::",
    "2002:a9fe:a9fe::1",
    "::ffff:0:169.254.169.254",
    "2001:0:0:0:0:0:5601:5601",
    "fe80::5efe:169.254.169.254",
    "2001:db8::200:5efe:a9fe:a9fe",
    "fd00:ec2::254",
    "FD00:EC2:0:0:0:0:0:254",
    "fd20:ce::254",
    "169.254.170.2",
    "100.100.100.200",
    "168.63.129.16",
    "::ffff:6464:64c8",
    "192.0.0.192",
  ],
  loopback: [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "00000177.1",
    "127.0.0.1.",
    "::1",
    "[::1]",
    "0:0:0:0:0:0:0:1",
    "0000:0000:0000:0000:0000:0000:0000:0001",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "::ffff:0:127.0.0.1",
    "::1%eth0",
  ],
  private: [
    "10.0.0.1",
    "10.255.255.255",
    "0x0a000001",
    "167772161",
    "012.0.0.1",
    "10.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.1",
    "3232235521",
    "0xc0a80001",
    "100.64.0.1",
    "100.127.255.255",
    "198.18.0.1",
    "::ffff:10.0.0.1",
    "::ffff:c0a8:1",
    "64:ff9b::10.0.0.1",
    "2002:c0a8:0101::",
    "fc00::1",
    "fd12:3456:789a::1",
    "fdff:ffff::",
    "fec0::1",
    "64:ff9b:1::1",
  ],
  "link-local": ["169.254.0.1", "169.254.255.255", "0xa9fe0001", "fe80::1", "febf::1", "[fe80::1%25eth0]", "::ffff:169.254.1.1"],
  reserved: [
    "0.0.0.0",
    "0",
    "0x0",
    "00",
    "0.1.2.3",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "4294967295",
    "192.0.2.1",
    "198.51.100.7",
    "203.0.113.9",
    "192.88.99.1",
    "::",
    "[::]",
    "ff02::1",
    "2001:db8::1",
    "100::1",
    "5f00::1",
    "2001:10::1",
    "3fff::1",
    "::ffff:0.0.0.0",
    "::ffff:255.255.255.255",
  ],
  public: [
    "1.1.1.1",
    "8.8.8.8",
    "140.82.112.3",
    "172.15.255.255",
    "172.32.0.0",
    "11.0.0.0",
    "9.255.255.255",
    "100.63.255.255",
    "100.128.0.0",
    "2606:4700:4700::1111",
    "2a00:1450::1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:0808:0808::1",
  ],
  name: [
    "example.com",
    "localhost",
    "1.2.3.4.5",
    "256.1.1.1",
    "1.2.3.256",
    "0x100000000",
    "4294967296",
    "1..2",
    "08.1.1.1",
    "a.b",
    "::g",
    "1:2:3:4:5:6:7:8:9",
    "1::2::3",
    ":::",
    "1:2:3:4:5:6:7",
    "::ffff:1.2.3",
    "::ffff:1.2.3.4.5",
    "12345::",
  ],
};

describe("No SSRF: what an address reaches is known in every way of writing it", () => {
  for (const [wanted, texts] of Object.entries(vectors))
    test.each(texts)(`${wanted}: %s`, (text) => expect(reach(text)).toBe(wanted));
});

describe("No SSRF: what an operator allows", () => {
  const allowed = (host: string, address: string, list: readonly string[]): boolean =>
    addressAllowed(host, parseAddress(address) ?? [], list);
  test.each(vectors.metadata)("metadata is never allowed: %s", (text) => {
    expect(allowed("host", text, ["loopback", "0.0.0.0/0", "::/0", "host", "169.254.0.0/16"])).toBe(false);
  });
  test("nothing private is allowed by an empty list", () => {
    for (const text of [...vectors.loopback, ...vectors.private, ...vectors["link-local"], ...vectors.reserved])
      expect(allowed("host", text, [])).toBe(false);
  });
  test("public addresses need no permission", () => {
    for (const text of vectors.public) expect(allowed("host", text, [])).toBe(true);
  });
  test("`loopback` opens loopback alone, not its translated forms", () => {
    expect(allowed("localhost", "127.0.0.1", ["loopback"])).toBe(true);
    expect(allowed("localhost", "::1", ["loopback"])).toBe(true);
    expect(allowed("localhost", "64:ff9b::7f00:1", ["loopback"])).toBe(false);
    expect(allowed("localhost", "10.0.0.1", ["loopback"])).toBe(false);
    expect(allowed("localhost", "0.0.0.0", ["loopback"])).toBe(false);
  });
  test("a block opens what is in it, a name opens its host", () => {
    expect(allowed("git.corp", "10.1.2.3", ["10.1.0.0/16"])).toBe(true);
    expect(allowed("git.corp", "10.2.2.3", ["10.1.0.0/16"])).toBe(false);
    expect(allowed("git.corp", "10.2.2.3", ["git.corp"])).toBe(true);
    expect(allowed("GIT.corp.", "10.2.2.3", ["git.corp"])).toBe(true);
    expect(allowed("evil.git.corp", "10.2.2.3", ["git.corp"])).toBe(false);
    expect(allowed("git.corp", "fd00::5", ["fd00::/64"])).toBe(true);
  });
});
