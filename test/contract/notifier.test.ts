import { afterAll, expect, test } from "@jest/globals";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { seededIds } from "../../shared/adapters/memory/ids.ts";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { memoryNotifier } from "../../shared/adapters/memory/notifier.ts";
import { localNotifier } from "../../shared/adapters/local/notifier.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { notifierSuite } from "./notifier.suite.ts";

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

notifierSuite("memory", async () => ({
  notifier: memory,
  told: async () => memory.sent.map((mail) => JSON.stringify(mail).replaceAll("\\n", "\n")),
}));
notifierSuite("local", async () => ({ notifier: local, told: mails }));
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
