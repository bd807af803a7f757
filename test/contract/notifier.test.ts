import { afterAll, describe, expect, test } from "@jest/globals";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { seededIds } from "../../shared/adapters/memory/ids.ts";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { memoryNotifier } from "../../shared/adapters/memory/notifier.ts";
import { localNotifier } from "../../shared/adapters/local/notifier.ts";
import type { Notifier } from "../../shared/ports/notifier.ts";
import { temporaryDirectory } from "../temporary-directory.ts";

const directory = await temporaryDirectory();
afterAll(() => directory.remove());
const folder = path.join(directory.path, "mail");
const logged: object[] = [];
const local = localNotifier({
  directory: folder,
  clock: steppedClock(),
  ids: seededIds(),
  log: { info: (fields) => void logged.push(fields) },
});
const memory = memoryNotifier();
const mails = async () => {
  const names = (await readdir(folder)).sort();
  return Promise.all(names.map((name) => readFile(path.join(folder, name), "utf8")));
};

/** What every Notifier promises: who it was for, and every word. */
describe.each<[string, Notifier, () => Promise<string[]>]>([
  ["memory", memory, async () => memory.sent.map((mail) => JSON.stringify(mail).replaceAll("\\n", "\n"))],
  ["local", local, mails],
])("Notifier: %s", (_name, notifier, told) => {
  test("a notice is kept as a whole once it is handed on, each on its own, in the order sent", async () => {
    await notifier.send({ to: "ada@example.org", subject: "您好", text: "one\nzwei 三" });
    await notifier.send({ to: "bob@example.org", subject: "second", text: "two" });
    const [first = "", second = ""] = await told();
    for (const part of ["ada@example.org", "您好", "one\nzwei 三"]) expect(first).toContain(part);
    expect(second).toContain("bob@example.org");
    expect(second).not.toContain("ada");
  });
});
test("a mail file is for its owner alone, and the log tells where it lies, never what it says", async () => {
  await local.send({ to: "eve@example.org", subject: "x", text: "pluvia_reset_secret" });
  const { file } = logged.at(-1) as { file: string };
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect(await readFile(file, "utf8")).toContain("pluvia_reset_secret");
  expect(JSON.stringify(logged)).not.toContain("pluvia_reset_secret");
});
test("a subject cannot begin another header", async () => {
  await local.send({ to: "eve@example.org", subject: "x\r\nBcc: mallory@example.org", text: "y" });
  const { file } = logged.at(-1) as { file: string };
  expect(await readFile(file, "utf8")).not.toMatch(/^Bcc:/m);
});
