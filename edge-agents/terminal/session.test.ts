import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Exec } from "../../shared/ports/cluster.ts";
import { eventually } from "../../test/support/eventually.ts";
import type { Outlet } from "../runtime/channel.ts";
import { record, usualRecordingLimits } from "./recording.ts";
import { session, usualSessionLimits } from "./session.ts";

/** A program that does what the test says, and a session of it. */
function world(more: Partial<Exec> = {}) {
  const home = mkdtempSync(join(tmpdir(), "pluvia-session-"));
  let output: (data: Buffer) => void = () => {};
  let exit: (exitCode: number | null) => void = () => {};
  const exec: Exec = {
    write: () => {},
    resize: () => {},
    onOutput: (listener) => {
      output = listener;
    },
    onExit: (listener) => {
      exit = listener;
    },
    close: () => {},
    ...more,
  };
  const recording = record({
    home,
    session: "s",
    title: "t",
    columns: 80,
    rows: 24,
    now: Date.now,
    limits: usualRecordingLimits,
  });
  const opened = session({
    id: "trm_1",
    exec,
    recording,
    limits: usualSessionLimits,
    onOver: () => rmSync(home, { recursive: true }),
  });
  return { opened, says: (text: string) => output(Buffer.from(text)), exits: (code: number) => exit(code) };
}
function outlet() {
  const frames: { type: string; code?: string }[] = [];
  const own: Outlet = { send: (frame) => void frames.push(frame as { type: string }), ready: async () => {} };
  return { own, ends: () => frames.filter(({ type }) => type === "ended").map(({ code }) => code), frames };
}

describe("T1: the end of a terminal", () => {
  test("is told once to whoever sees it, though the program's last words come after, and another comes to read them", async () => {
    const { opened, says, exits } = world();
    const [first, second] = [outlet(), outlet()];
    opened.attach(first.own, "one", 0);
    exits(0);
    await eventually("the end is told", () => Promise.resolve(first.ends().length === 1));
    says("last words");
    await eventually("they are shown", () => Promise.resolve(first.frames.at(-1)?.type === "data"));
    opened.attach(second.own, "two", 0);
    await eventually("the other is told, too", () => Promise.resolve(second.ends().length === 1));
    expect([first.ends(), second.ends()]).toEqual([["terminal.exited"], ["terminal.exited"]]);
    opened.end({ code: "terminal.stopping", reason: "" });
  });
});

test("T1: what was typed is told when it is on its way, and nothing that did not come", async () => {
  const isTaken = Promise.withResolvers<void>();
  const { opened } = world({ taken: () => isTaken.promise });
  const { own, frames } = outlet();
  opened.attach(own, "one", 0);
  const typed = () =>
    frames.flatMap((frame) => (frame.type === "typed" ? [(frame as unknown as { sequence: number }).sequence] : []));
  opened.input(1, "a");
  opened.input(3, "c");
  await new Promise((resolve) => setImmediate(resolve));
  expect(typed()).toEqual([0]);
  isTaken.resolve();
  await eventually("it is told", () => Promise.resolve(typed().length === 3));
  expect(typed()).toEqual([0, 1, 1]);
});
