import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serviceAccount } from "./service-account.ts";

test("a pod's token is read anew once a minute is over; the connection's own part stays the same", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pluvia-account-"));
  let now = 0;
  const access = serviceAccount({
    environment: { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" },
    clock: { now: () => new Date(now), monotonicMs: () => now, sleep: async () => {} },
    folder,
  });
  try {
    expect(access.server).toBe("https://[fd00::1]:6443");
    await expect(access.credentials()).rejects.toMatchObject({ code: "unavailable" });
    writeFileSync(join(folder, "ca.crt"), "an authority");
    writeFileSync(join(folder, "token"), "one\n");
    const first = await access.credentials();
    expect(first).toEqual({ tls: { ca: "an authority" }, headers: { authorization: "Bearer one" } });
    writeFileSync(join(folder, "token"), "two\n");
    now = 59_999;
    expect(await access.credentials()).toBe(first);
    now = 60_000;
    const second = await access.credentials();
    expect(second.headers).toEqual({ authorization: "Bearer two" });
    expect(second.tls).toBe(first.tls);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
