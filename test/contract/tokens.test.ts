import { afterAll, expect, test } from "@jest/globals";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { argonPasswords } from "../../shared/adapters/argon-passwords.ts";
import { localTokens } from "../../shared/adapters/local/tokens.ts";
import { memoryPasswords } from "../../shared/adapters/memory/passwords.ts";
import { memoryTokens } from "../../shared/adapters/memory/tokens.ts";
import { tokensSuite } from "./tokens.suite.ts";

const folder = await mkdtemp(path.join(tmpdir(), "pluvia-tokens-"));
afterAll(() => rm(folder, { recursive: true }));
const file = path.join(folder, "cloud");

tokensSuite("memory", async (clock) => memoryTokens({ clock }));
tokensSuite("local", async (clock) => localTokens({ path: file, clock }));

test("the cloud plane's key survives a restart, in a file that only its owner may read", async () => {
  const clock = systemClock();
  const token = await localTokens({ path: file, clock }).sign("build", { sub: "x" }, 60);
  expect(await localTokens({ path: file, clock }).verify("build", token)).toMatchObject({ sub: "x" });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test.each([
  ["argon2id", argonPasswords()],
  ["memory", memoryPasswords()],
])("Passwords: %s: only the right one fits, and nothing fits nobody", async (_name, passwords) => {
  const hash = await passwords.hash("correct horse");
  expect(hash).not.toContain("correct");
  expect(await passwords.verify(hash, "correct horse")).toBe(true);
  expect(await passwords.verify(hash, "wrong horse")).toBe(false);
  expect(await passwords.verify(undefined, "correct horse")).toBe(false);
});

test("a hash tells how it was made: one of another library fits, one that is none is told", async () => {
  const made = "$argon2id$v=19$m=19456,t=2,p=1$oZHw+GtIZU/WRX7ufImHNA$V9VwVIzowk3TgijerdGEDPlLklt3hSfA7nqsAVk5rWE";
  expect(await argonPasswords().verify(made, "correct horse")).toBe(true);
  expect(await argonPasswords().verify(made, "correct horsf")).toBe(false);
  await expect(argonPasswords().verify("$2b$10$abc", "correct horse")).rejects.toThrow("argon2id");
});
