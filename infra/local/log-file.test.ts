import { readdir, readFile, stat } from "node:fs/promises";
import { temporaryDirectory } from "../../test/temporary-directory.ts";
import { logFile, logTo } from "./log-file.ts";

test("a log begins a new file when it is full and keeps five older ones, readable by its owner only", async () => {
  const directory = await temporaryDirectory();
  const file = logFile(`${directory.path}/logs/x.log`);
  const megabyte = `${"x".repeat(1024 * 1024 - 1)}\n`;
  for (let at = 0; at < 80; at++) file.write(megabyte);
  file.flush();
  expect((await readdir(`${directory.path}/logs`)).sort()).toEqual([
    "x.log",
    "x.log.1",
    "x.log.2",
    "x.log.3",
    "x.log.4",
    "x.log.5",
  ]);
  expect((await stat(`${directory.path}/logs/x.log`)).mode & 0o777).toBe(0o600);
  await directory.remove();
});
test("an error is logged with its stack, one line of JSON", async () => {
  const directory = await temporaryDirectory();
  const file = logFile(`${directory.path}/x.log`);
  logTo(file, "info").error({ error: new Error("broken") }, "it failed");
  file.flush();
  const lines = (await readFile(`${directory.path}/x.log`, "utf8")).trim().split("\n");
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    level: 50,
    msg: "it failed",
    error: { message: "broken", stack: expect.stringContaining("log-file.test") },
  });
  await directory.remove();
});
