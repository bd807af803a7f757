import { randomBytes } from "node:crypto";
import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { localSecrets } from "../../shared/adapters/local/secrets.ts";
import { memorySecrets } from "../../shared/adapters/memory/secrets.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { secretsSuite } from "./secrets.suite.ts";

secretsSuite("memory", async () => ({ secrets: memorySecrets(), close: async () => {} }));
secretsSuite("local", async () => {
  const directory = await temporaryDirectory();
  return { secrets: localSecrets({ path: `${directory.path}/keys/secrets` }), close: directory.remove };
});

describe("local secrets", () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let file: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    file = `${directory.path}/keys/secrets`;
  });
  afterEach(() => directory.remove());

  test("the key file is made once, and only its owner may read it", async () => {
    const sealed = await localSecrets({ path: file }).seal("tnt_a", "x");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await localSecrets({ path: file }).open("tnt_a", sealed)).toBe("x");
  });
  test("the same value never seals to the same text", async () => {
    const secrets = localSecrets({ path: file });
    expect(await secrets.seal("tnt_a", "x")).not.toBe(await secrets.seal("tnt_a", "x"));
  });
  test("a new key on top seals from then on; what older keys sealed still opens", async () => {
    const old = await localSecrets({ path: file }).seal("tnt_a", "x");
    await chmod(file, 0o600);
    await writeFile(file, `k2 ${randomBytes(32).toString("base64url")}\n${await readFile(file, "utf8")}`);
    const rotated = localSecrets({ path: file });
    expect(await rotated.open("tnt_a", old)).toBe("x");
    const fresh = await rotated.seal("tnt_a", "x");
    expect(fresh).toMatch(/^s1\.k2\./);
    expect(await rotated.open("tnt_a", fresh)).toBe("x");
  });
  test("a changed byte anywhere is noticed", async () => {
    const secrets = localSecrets({ path: file });
    const [version, id, text = ""] = (await secrets.seal("tnt_a", "value")).split(".");
    const bytes = Buffer.from(text, "base64url");
    for (const [at, byte] of bytes.entries()) {
      const changed = Buffer.from(bytes);
      changed[at] = byte ^ 1;
      await expect(secrets.open("tnt_a", `${version}.${id}.${changed.toString("base64url")}`)).rejects.toMatchObject({
        code: "internal",
      });
    }
  });
  test("a broken key file stops the platform instead of making a new key", async () => {
    localSecrets({ path: file });
    await writeFile(file, "");
    expect(() => localSecrets({ path: file })).toThrow("key file");
    await writeFile(file, "k1 short");
    expect(() => localSecrets({ path: file })).toThrow();
  });
});
