/**
 * What an address reaches, so that a source URL cannot make the platform talk to its own network.
 * Blocks: IANA special-purpose registries for IPv4 and IPv6 (RFC 6890 and later).
 */
export type Reach = "public" | "loopback" | "private" | "link-local" | "metadata" | "reserved";

type Block = readonly [text: string, reach: Reach];

/** Where clouds hand out credentials to whatever runs on their machines: never allowed, whatever the operator's list says. */
export const metadataNetworks: readonly string[] = [
  "169.254.169.254/32",
  "169.254.170.2/32",
  "169.254.170.23/32",
  "100.100.100.200/32",
  "168.63.129.16/32",
  "192.0.0.192/32",
  "fd00:ec2::254/128",
  "fd00:ec2::23/128",
  "fd20:ce::254/128",
];

const blocks4: readonly Block[] = [
  ["0.0.0.0/8", "reserved"],
  ["10.0.0.0/8", "private"],
  ["100.64.0.0/10", "private"],
  ["127.0.0.0/8", "loopback"],
  ["169.254.0.0/16", "link-local"],
  ["172.16.0.0/12", "private"],
  ["192.0.0.0/24", "reserved"],
  ["192.0.2.0/24", "reserved"],
  ["192.88.99.0/24", "reserved"],
  ["192.168.0.0/16", "private"],
  ["198.18.0.0/15", "private"],
  ["198.51.100.0/24", "reserved"],
  ["203.0.113.0/24", "reserved"],
  ["224.0.0.0/4", "reserved"],
  ["240.0.0.0/4", "reserved"],
];

const blocks6: readonly Block[] = [
  ["::1/128", "loopback"],
  ["fc00::/7", "private"],
  ["fe80::/10", "link-local"],
  ["fec0::/10", "private"],
  ["64:ff9b:1::/48", "private"],
  ["2001::/23", "reserved"],
  ["2001:db8::/32", "reserved"],
  ["3fff::/20", "reserved"],
];

/** Bytes of an IPv4 address as the C library reads it: `127.1`, `0x7f.1`, `017700000001` and `2130706433` are all 127.0.0.1. */
const bytes4 = (text: string): readonly number[] | undefined => {
  const parts = text.replace(/\.$/, "").split(".");
  if (parts.length > 4 || parts.some((part) => !/^(0x[0-9a-f]*|0[0-7]*|[1-9]\d*)$/i.test(part))) return undefined;
  const numbers = parts.map((part) =>
    /^0x/i.test(part) ? Number.parseInt(part.slice(2) || "0", 16) : /^0\d/.test(part) ? Number.parseInt(part, 8) : Number(part),
  );
  const last = numbers.pop() ?? 0;
  if (numbers.some((number) => !(number <= 255)) || !(last < 256 ** (4 - numbers.length))) return undefined;
  const length = 4 - numbers.length;
  const rest = Array.from({ length }, (_, index) => Math.floor(last / 256 ** (length - 1 - index)) % 256);
  return [...numbers, ...rest];
};

const groupsOf = (text: string): readonly number[] | undefined => {
  if (text === "") return [];
  const groups = text.split(":").map((group) => (/^[0-9a-f]{1,4}$/i.test(group) ? Number.parseInt(group, 16) : Number.NaN));
  return groups.some(Number.isNaN) ? undefined : groups;
};

/** The last 32 bits may be written with dots; undefined when they are not an address. */
const withoutDots = (text: string): string | undefined => {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (!dotted) return text;
  const tail = bytes4(dotted[2] ?? "");
  return tail && `${dotted[1]}${tail.slice(0, 2).map(hex2).join("")}:${tail.slice(2).map(hex2).join("")}`;
};
const hex2 = (byte: number): string => byte.toString(16).padStart(2, "0");

const bytes6 = (text: string): readonly number[] | undefined => {
  const whole = withoutDots(text.replace(/^\[|\]$/g, "").replace(/%.*$/, ""));
  const halves = whole?.split("::") ?? [];
  if (halves.length < 1 || halves.length > 2) return undefined;
  const head = groupsOf(halves[0] ?? "");
  const rest = groupsOf(halves[1] ?? "");
  if (!head || !rest) return undefined;
  const missing = 8 - head.length - rest.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0), ...rest].flatMap((group) => [group >> 8, group & 255]);
};

/** 4 or 16 bytes; undefined when the text is a host name. */
export const parseAddress = (text: string): readonly number[] | undefined => (text.includes(":") ? bytes6(text) : bytes4(text));

const inBlock = (address: readonly number[], block: string): boolean => {
  const [text = "", bits = ""] = block.split("/");
  const network = parseAddress(text);
  if (!network || network.length !== address.length) return false;
  const length = bits === "" ? address.length * 8 : Number(bits);
  return network.every((byte, index) => {
    const shift = 8 - Math.max(0, Math.min(8, length - index * 8));
    return byte >> shift === (address[index] ?? 0) >> shift;
  });
};

/** The IPv4 address that an IPv6 one carries: mapped, compatible, translated (NAT64), 6to4, Teredo, ISATAP. */
const carried = (address: readonly number[]): readonly number[] | undefined => {
  if (address.length !== 16) return undefined;
  if (inBlock(address, "::1/128") || inBlock(address, "::/128")) return undefined;
  if (["::ffff:0:0/96", "::ffff:0:0:0/96", "::/96", "64:ff9b::/96"].some((block) => inBlock(address, block)))
    return address.slice(12);
  if (inBlock(address, "2002::/16")) return address.slice(2, 6);
  if (inBlock(address, "2001::/32")) return address.slice(12).map((byte) => byte ^ 255);
  const isatap = address[10] === 0x5e && address[11] === 0xfe && ((address[8] ?? 0) & 0xfd) === 0 && address[9] === 0;
  return isatap ? address.slice(12) : undefined;
};

export const reachOf = (address: readonly number[]): Reach => {
  if (metadataNetworks.some((block) => inBlock(address, block))) return "metadata";
  const inner = carried(address);
  if (inner) return reachOf(inner);
  const found = (address.length === 4 ? blocks4 : blocks6).find(([block]) => inBlock(address, block));
  if (found) return found[1];
  return address.length === 4 || inBlock(address, "2000::/3") ? "public" : "reserved";
};

/**
 * Whether a source may be fetched from an address. `allowed` is the operator's list: `loopback`, blocks such as `10.1.0.0/16`, and
 * names of hosts whose addresses may be private.
 */
export const addressAllowed = (host: string, address: readonly number[], allowed: readonly string[]): boolean => {
  const reach = reachOf(address);
  if (reach === "public") return true;
  if (reach === "metadata") return false;
  if (reach === "loopback" && allowed.includes("loopback") && carried(address) === undefined) return true;
  const plain = host.toLowerCase().replace(/\.$/, "");
  return allowed.some((entry) =>
    entry.includes("/") ? inBlock(address, entry) : entry !== "loopback" && entry.toLowerCase() === plain,
  );
};
