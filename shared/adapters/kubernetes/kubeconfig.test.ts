import { kubeconfig } from "./kubeconfig.ts";

const written = (user: object, cluster: object = {}): string =>
  JSON.stringify({
    "current-context": "here",
    contexts: [
      { name: "elsewhere", context: { cluster: "b", user: "nobody" } },
      { name: "here", context: { cluster: "a", user: "me" } },
    ],
    clusters: [
      { name: "b", cluster: { server: "https://b.example" } },
      { name: "a", cluster: { server: "https://a.example:6443/", ...cluster } },
    ],
    users: [{ name: "me", user }],
  });
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const program = (status: object): object => ({
  apiVersion: "client.authentication.k8s.io/v1",
  command: process.execPath,
  args: [
    "-e",
    `if (JSON.parse(process.env.KUBERNETES_EXEC_INFO).kind === "ExecCredential") console.log('${JSON.stringify({ status })}'.replace("N", process.env.WHO))`,
  ],
  env: [{ name: "WHO", value: "7" }],
});

describe("a kubeconfig", () => {
  test("its current context says which cluster, and who we are", async () => {
    const access = kubeconfig(written({ token: "secret" }, { "certificate-authority-data": base64("an authority") }));
    expect(access.server).toBe("https://a.example:6443");
    const { tls, headers } = await access.credentials();
    expect(String(tls.ca)).toBe("an authority");
    expect(headers).toEqual({ authorization: "Bearer secret" });
    expect((await access.credentials()).tls).toBe(tls);
  });

  test("certificates and passwords are taken as they are given", async () => {
    const { tls } = await kubeconfig(
      written({ "client-certificate-data": base64("a certificate"), "client-key-data": base64("a key") }),
    ).credentials();
    expect([String(tls.cert), String(tls.key)]).toEqual(["a certificate", "a key"]);
    const { headers } = await kubeconfig(written({ username: "me", password: "x" })).credentials();
    expect(headers).toEqual({ authorization: `Basic ${base64("me:x")}` });
  });

  test("a program that tells who we are is asked again only near the end of what it told", async () => {
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const access = kubeconfig(written({ exec: program({ token: "N", expirationTimestamp: later }) }));
    const first = await access.credentials();
    expect(first.headers).toEqual({ authorization: "Bearer 7" });
    expect(await access.credentials()).toBe(first);
    const soon = kubeconfig(written({ exec: program({ token: "N", expirationTimestamp: new Date().toISOString() }) }));
    expect(await soon.credentials()).not.toBe(await soon.credentials());
  });

  test("what cannot be used is refused in words", async () => {
    expect(() => kubeconfig("contexts: 5")).toThrow("cannot be read");
    expect(() => kubeconfig("{}")).toThrow("names no cluster");
    expect(() => kubeconfig(written({}, { "proxy-url": "http://proxy.example" }))).toThrow("through a proxy");
    expect(() => kubeconfig(written({ "auth-provider": { name: "gcp" } }))).toThrow("auth-provider");
    const broken = kubeconfig(written({ exec: { apiVersion: "v1", command: "/no/such/program" } }));
    await expect(broken.credentials()).rejects.toMatchObject({ code: "unavailable" });
  });
});
