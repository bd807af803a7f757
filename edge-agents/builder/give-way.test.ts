import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { getPriority, setPriority } from "node:os";
import { giveWay } from "./give-way.ts";

let child: ChildProcess;
beforeEach(async () => {
  child = spawn("sleep", ["60"]);
  await once(child, "spawn");
});
afterEach(() => void child.kill("SIGKILL"));
const pid = () => Number(child.pid);

test("a build gives way to what runs, and is not taken forward where it gives way more already", () => {
  giveWay(pid());
  expect(getPriority(pid())).toBe(Math.max(10, getPriority()));
  const more = Math.max(15, getPriority());
  setPriority(pid(), more);
  giveWay(pid());
  expect(getPriority(pid())).toBe(more);
});

test("one that has ended is left alone", async () => {
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(() => giveWay(pid())).not.toThrow();
});
