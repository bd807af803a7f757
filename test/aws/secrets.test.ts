import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { awsSecrets } from "../../shared/adapters/aws/secrets.ts";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { secretsSuite } from "../contract/secrets.suite.ts";
import { describeEmulators } from "./emulator.ts";

describeEmulators((name, aws) => {
  let keyId = "";
  beforeAll(async () => {
    keyId = String((await new KMSClient(aws()).send(new CreateKeyCommand({}))).KeyMetadata?.KeyId);
  });
  const open = () => awsSecrets({ aws: aws(), keyId, clock: steppedClock() });
  secretsSuite(`KMS of ${name}`, async () => ({ secrets: open(), close: async () => {} }));

  test("another process opens what one sealed", async () => {
    expect(await open().open("tnt_a", await open().seal("tnt_a", "hunter2"))).toBe("hunter2");
  });
  test("a tenant's values share a data key for minutes, not for ever; tenants never share one", async () => {
    const clock = steppedClock();
    const secrets = awsSecrets({ aws: aws(), keyId, clock });
    const wrappedKey = async (tenant: string) => (await secrets.seal(tenant, "x")).split(".")[1];
    const first = await wrappedKey("tnt_a");
    expect(await wrappedKey("tnt_a")).toBe(first);
    expect(await wrappedKey("tnt_b")).not.toBe(first);
    await clock.advance(6 * 60_000);
    expect(await wrappedKey("tnt_a")).not.toBe(first);
  });
  test("a data key wrapped for one tenant opens for no other, whatever the value's own tenant says", async () => {
    const [ada, bob] = await Promise.all(["tnt_a", "tnt_b"].map((tenant) => open().seal(tenant, "x")));
    const [version, , text] = String(bob).split(".");
    const mixed = `${version}.${String(ada).split(".")[1]}.${text}`;
    await expect(open().open("tnt_b", mixed)).rejects.toMatchObject({ code: "internal" });
  });
  test("KMS away is told as itself, not as a broken secret", async () => {
    const sealed = await open().seal("tnt_a", "x");
    const away = awsSecrets({ aws: { ...aws(), endpoint: "http://127.0.0.1:9" }, keyId, clock: steppedClock() });
    await expect(away.open("tnt_a", sealed)).rejects.toThrow(/ECONNREFUSED|connect/);
  });
});
