import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { type ChildProcess, spawn } from "node:child_process";
import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LogStore, type LogStoreOptions, logStore } from "../../edge-agents/logs/log-store.ts";
import { cursorAfter, type Entry } from "../../edge-agents/logs/read.ts";
import { newestMatches } from "../../edge-agents/logs/search.ts";
import type { LogLine } from "../../shared/contract/agent.ts";
import { eventually } from "../support/eventually.ts";
import { componentId } from "./workloads.ts";

const component = componentId(1);
let home: string;
let logs: LogStore;
const begin = (more: Partial<LogStoreOptions> = {}) => {
  logs = logStore({ home: join(home, "logs"), ...more });
};
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "pluvia-logs-"));
  begin();
});
afterEach(() => {
  logs.stop();
  rmSync(home, { recursive: true, force: true });
});

type Observed = Parameters<LogStore["update"]>[0][number];
const observed = (instances: { id: string; out?: string; err?: string }[], more: object = {}): Observed =>
  ({
    component,
    phase: "settled",
    serving: null,
    endedLogs: [],
    workload: { tenant: "tnt_a" },
    instances: instances.map(({ id, out, err }) => ({
      id,
      state: "ready",
      releaseNumber: 1,
      restarts: 0,
      logs: [...(out ? [{ stream: "out", path: out }] : []), ...(err ? [{ stream: "err", path: err }] : [])],
    })),
    ...more,
  }) as unknown as Observed;
/** undefined: it is gone already. */
const linkOf = (path: string): string | undefined => {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
};
const file = (name: string, text = "") => {
  const path = join(home, name);
  writeFileSync(path, text);
  return path;
};

const entries = (after = 0, store = logs): Entry[] => {
  const cursor = cursorAfter(store.log(component), after);
  const found: Entry[] = [];
  for (let more = cursor.next(); more.length > 0; more = cursor.next()) found.push(...more);
  return found;
};
const lines = (after = 0, store = logs): LogLine[] =>
  entries(after, store).flatMap((entry) => ("line" in entry ? [entry.line] : []));
const texts = (after = 0, store = logs) => lines(after, store).map((line) => line.text);

describe("What instances write", () => {
  test("L2: becomes numbered lines with stream and instance, as it comes", async () => {
    const [out, err] = [file("out"), file("err")];
    logs.update([observed([{ id: "i1", out, err }])]);
    appendFileSync(out, "one\ntwo\n");
    await eventually("two lines", () => texts().length === 2);
    appendFileSync(err, "bad\n");
    await eventually("three lines", () => texts().length === 3);
    expect(lines()).toMatchObject([
      { sequence: 1, stream: "out", instance: "i1", text: "one" },
      { sequence: 2, stream: "out", instance: "i1", text: "two" },
      { sequence: 3, stream: "err", instance: "i1", text: "bad" },
    ]);
  });

  test("is kept byte for byte as far as it is UTF-8; hostile bytes do no harm to what comes after", async () => {
    const hostile = Buffer.concat([
      Buffer.from("\u001b]0;title\u0007 \u202e\r"),
      Buffer.from([0, 0xff, 0xfe, 0xc3]),
      Buffer.from(" 1 2 o 3 4 forged\nafter 日本語 🚀\n\n"),
    ]);
    const out = file("out");
    writeFileSync(out, hostile);
    logs.update([observed([{ id: "i1", out }])]);
    await eventually("three lines", () => texts().length === 3);
    expect(texts()).toEqual(["\u001b]0;title\u0007 \u202e\r\0\ufffd\ufffd\ufffd 1 2 o 3 4 forged", "after 日本語 🚀", ""]);
  });

  test("a line of 10 MB comes in pieces that say that they go on", async () => {
    const out = file("out", `${"x".repeat(10_000_000)}\nshort\n`);
    logs.update([observed([{ id: "i1", out }])]);
    await eventually("the line after it", () => texts().at(-1) === "short");
    const pieces = lines().slice(0, -1);
    expect(pieces.map((line) => line.text).join("")).toBe("x".repeat(10_000_000));
    expect(pieces.map((line) => line.continues ?? false)).toEqual([...pieces.slice(1).map(() => true), false]);
    expect(Math.max(...pieces.map((line) => line.text.length))).toBe(16 * 1024);
  });

  test("a line that stops in the middle is shown, and goes on", async () => {
    const out = file("out", "Password: ");
    logs.update([observed([{ id: "i1", out }])]);
    await eventually("the prompt", () => texts().length === 1);
    expect(lines()[0]).toMatchObject({ text: "Password: ", continues: true });
    appendFileSync(out, "wrong\n");
    await eventually("the rest", () => texts().length === 2);
    expect(texts()).toEqual(["Password: ", "wrong"]);
  });

  test("a line that stops in the middle is shown though the clock is set back", async () => {
    logs.stop();
    let now = Date.now();
    begin({ now: () => now });
    const out = file("out", "begun\nPassword: ");
    logs.update([observed([{ id: "i1", out }])]);
    await eventually("what came before", () => texts().length === 1);
    now -= 3_600_000;
    await eventually("the prompt", () => texts().includes("Password: "));
  });

  test("L6: the last words of an instance that is gone are kept, without a line feed too, and history survives it", async () => {
    const [first, second] = [file("1", "boot\npanic"), file("2", "again\n")];
    logs.update([observed([{ id: "i1", out: first }])]);
    await eventually("the first line", () => texts().length > 0);
    rmSync(first);
    logs.update([observed([{ id: "i2", out: second }])]);
    await eventually("the next instance's line", () => texts().includes("again"));
    expect(
      texts()
        .filter((text) => ["boot", "panic", "again"].includes(text))
        .sort(),
    ).toEqual(["again", "boot", "panic"]);
    expect(lines().find((line) => line.text === "boot")?.instance).toBe("i1");
  });

  test("L6: an instance that is gone in the moment in which all is closed is read to its end, as others are", async () => {
    const [gone, stays] = [file("gone", "1\n"), file("stays", "1\n")];
    logs.update([
      observed([
        { id: "i1", out: gone },
        { id: "i2", out: stays },
      ]),
    ]);
    await eventually("both are read", () => texts().length === 2);
    for (const path of [gone, stays]) appendFileSync(path, "2\n");
    logs.update([observed([{ id: "i2", out: stays }])]);
    logs.stop();
    begin();
    expect(lines().flatMap(({ stream, text }) => (stream === "out" ? [text] : []))).toEqual(["1", "1", "2", "2"]);
  });

  test("L6: nothing of an instance that has ended is held open once it is read; what comes late is read still", async () => {
    const out = file("1", "boot\n");
    const isHeld = () => readdirSync("/proc/self/fd").some((fd) => linkOf(`/proc/self/fd/${fd}`) === out);
    logs.update([observed([{ id: "i1", out }])]);
    await eventually("the first line", () => texts().includes("boot"));
    expect(isHeld()).toBe(true);
    logs.update([observed([], { endedLogs: [{ instance: "i1", stream: "out", path: out }] })]);
    await eventually("it is let go of", () => !isHeld());
    appendFileSync(out, "late\n");
    await eventually("the late line", () => texts().includes("late"));
    await eventually("it is let go of again", () => !isHeld());
    expect(texts().filter((text) => ["boot", "late"].includes(text))).toEqual(["boot", "late"]);
  });

  test("a file emptied by its reader, or by anybody, is read from its start", async () => {
    const out = file("out", "a\nb\n");
    logs.update([observed([{ id: "i1", out }])]);
    await eventually("two lines", () => texts().length === 2);
    truncateSync(out, 0);
    appendFileSync(out, "c\n");
    await eventually("the line after", () => texts().length === 3);
    expect(texts()).toEqual(["a", "b", "c"]);
  });

  test("output that was read gives its disk space back, and nothing of it is lost", async () => {
    const out = file("out");
    logs.update([observed([{ id: "i1", out }])]);
    const text = `${"y".repeat(99)}\n`.repeat(10_000);
    for (let n = 1; n <= 8; n++) {
      appendFileSync(out, text);
      await eventually("what was written is stored", () => logs.log(component).last() >= n * 10_000);
    }
    expect(logs.log(component).last()).toBe(80_000);
    if (process.platform === "linux" && existsSync("/usr/bin/fallocate"))
      await eventually("blocks are given back", () => statSync(out).blocks * 512 < 6_000_000);
  });
});

describe("History", () => {
  test("goes on where it was after a restart, with what was written meanwhile", async () => {
    const out = file("out", "1\n2\n");
    logs.update([observed([{ id: "i1", out }])]);
    await eventually("two lines", () => texts().length === 2);
    for (const text of ["3", "4"]) {
      logs.stop();
      appendFileSync(out, `${text}\n`);
      begin();
      logs.update([observed([{ id: "i1", out }])]);
      await eventually("what came meanwhile", () => texts().at(-1) === text);
    }
    expect(texts()).toEqual(["1", "2", "3", "4"]);
  });

  test("what a crash left half written is forgotten and read again", async () => {
    const out = file("out", "1\n2\n");
    logs.update([observed([{ id: "i1", out }])]);
    await eventually("two lines", () => texts().length === 2);
    logs.stop();
    const folder = join(home, "logs", component);
    const segment = join(folder, readdirSync(folder).find((name) => name.endsWith(".log")) ?? "");
    truncateSync(segment, statSync(segment).size - 1);
    writeFileSync(
      join(folder, "state.json"),
      JSON.stringify({ version: 1, sequence: 0, nextSource: 2, sources: [sourceOf(out)] }),
    );
    begin();
    logs.update([observed([{ id: "i1", out }])]);
    await eventually("two lines again", () => texts().length === 2);
    expect(texts()).toEqual(["1", "2"]);
  });

  test("goes on though a loss of power took what was noted beside it: lines are read twice rather than never", async () => {
    const [out, err] = [file("out", "1\n"), file("err", "2\n")];
    logs.update([observed([{ id: "i1", out }])]);
    await eventually("a line", () => texts().length === 1);
    logs.stop();
    writeFileSync(join(home, "logs", component, "state.json"), "");
    begin();
    logs.update([observed([{ id: "i2", out: err }])]);
    await eventually("the next line", () => texts().length === 2);
    expect(lines().map(({ sequence, text, instance }) => [sequence, text, instance])).toEqual([
      [1, "1", null],
      [2, "2", "i2"],
    ]);
  });

  test("goes on when a new part of it could not be begun, and lets go of nobody else's file meanwhile", () => {
    logs.stop();
    begin({ limits: { segmentBytes: 200 } });
    logs.say(component, "x".repeat(200));
    const next = join(home, "logs", component, `${"2".padStart(16, "0")}.log`);
    mkdirSync(next);
    expect(() => logs.say(component, "2")).toThrow("EISDIR");
    const others = openSync(file("others"), "r");
    expect(() => logs.say(component, "2")).toThrow("EISDIR");
    expect(fstatSync(others).size).toBe(0);
    closeSync(others);
    rmdirSync(next);
    logs.say(component, "2");
    expect(lines().map((line) => line.sequence)).toEqual([1, 2]);
  });

  test("lines that a loss of power took are a gap that says so, and those after it are read", () => {
    for (const text of ["1", "2", "3"]) logs.say(component, text);
    logs.stop();
    const folder = join(home, "logs", component);
    const segment = join(folder, readdirSync(folder).find((name) => name.endsWith(".log")) ?? "");
    truncateSync(segment, readFileSync(segment, "utf8").indexOf("\n") + 1);
    begin();
    const lost = { gap: { from: 2, to: 3, code: "gap.lost" } };
    expect(entries()).toMatchObject([{ line: { sequence: 1 } }, lost]);
    logs.say(component, "4");
    expect(entries()).toMatchObject([{ line: { sequence: 1 } }, lost, { line: { sequence: 4 } }]);
    truncateSync(segment, 0);
    logs.stop();
    begin();
    expect(entries()).toMatchObject([{ gap: { from: 1, to: 4, code: "gap.lost" } }]);
  });

  test("is limited; what was dropped is a gap that says so, for readers from the start and for those overtaken", async () => {
    logs.stop();
    begin({ limits: { bytesMax: 30_000, segmentBytes: 5_000 } });
    const slow = cursorAfter(logs.log(component), 0);
    for (let n = 1; n <= 2_000; n++) logs.say(component, `line ${n}`);
    expect(slow.next()).toMatchObject([{ gap: { from: 1, to: logs.log(component).first() - 1 } }]);
    const [gap, ...rest] = entries();
    expect(gap).toMatchObject({ gap: { from: 1, reason: expect.stringContaining("dropped") } });
    expect(rest.map((entry) => ("line" in entry ? entry.line.sequence : 0))).toEqual(
      Array.from({ length: rest.length }, (_, n) => 2_000 - rest.length + 1 + n),
    );
    expect(rest.length).toBeGreaterThan(100);
  });

  test("L6: what a team may not log any more today is counted, in few words, and tomorrow is kept again", async () => {
    logs.stop();
    let now = Date.UTC(2026, 0, 31, 23, 0, 0);
    begin({ now: () => now });
    const many = (count: number) => `${"x".repeat(999)}\n`.repeat(count);
    const out = file("out", many(700));
    const limits = { instances: 1, memoryMib: 1, logMibPerDay: 1, generation: 1 };
    logs.update([observed([{ id: "i", out }], { workload: { tenant: "tnt_a", limits } })]);
    await eventually("what the team may log is kept", () => lines().length === 700);
    appendFileSync(out, many(700));
    const gaps = () => entries().flatMap((entry) => ("gap" in entry ? [entry.gap] : []));
    const missing = () => gaps().reduce((sum, { from, to }) => sum + to - from + 1, 0);
    // What comes within a minute is counted once.
    await eventually("some of the others are counted", () => missing() > 0);
    now += 61_000;
    await eventually("all the others are counted", () => lines().length + missing() === 1_400);
    expect(lines().length).toBeLessThanOrEqual(1_048);
    const reason = "the team's components have logged all that they may in a day in this data center";
    expect(gaps().every((gap) => gap.code === "gap.volume" && gap.reason === reason)).toBe(true);
    now += 2 * 3_600_000;
    appendFileSync(out, "tomorrow\n");
    await eventually("a new day is kept", () => texts().at(-1) === "tomorrow");
  });
  test("a flood is counted: every line is either there or in a gap", async () => {
    logs.stop();
    begin({ flood: { bytesPerSecond: 0, burstBytes: 300_000 } });
    const total = 50_000;
    const out = file("out", Array.from({ length: total }, (_, n) => `flood ${n}\n`).join(""));
    logs.update([observed([{ id: "i1", out }])]);
    await eventually("all is dealt with", () => logs.log(component).last() >= total - 1);
    const found = entries();
    const lost = found.reduce((sum, entry) => sum + ("gap" in entry ? entry.gap.to - entry.gap.from + 1 : 0), 0);
    expect(lost).toBeGreaterThan(0);
    expect(lost + lines().length).toBe(total);
  });

  test("is read from any place", () => {
    for (let n = 1; n <= 3_000; n++) logs.say(component, `line ${n}`);
    for (const after of [0, 1, 2, 17, 1_499, 2_998, 2_999]) expect(lines(after)[0]?.sequence).toBe(after + 1);
    expect(lines(3_000)).toEqual([]);
  });

  test("is forgotten with its component", () => {
    logs.say(component, "x");
    logs.remove(component);
    expect(texts()).toEqual([]);
    expect(() => logs.log("../../etc")).toThrow("no id");
  });

  test("is forgotten with its component though nothing can be written any more", () => {
    const folder = join(home, "logs", component);
    logs.say(component, "x");
    mkdirSync(join(folder, "state.json.new"));
    logs.remove(component);
    expect(existsSync(folder)).toBe(false);
  });

  test("is closed, and others are, though nothing can be written any more", () => {
    const told: unknown[] = [];
    const other = componentId(2);
    logs.stop();
    begin({ onError: (error) => told.push(error) });
    for (const each of [component, other]) logs.say(each, "x");
    mkdirSync(join(home, "logs", component, "state.json.new"));
    logs.stop();
    expect(told).toMatchObject([{ code: "EISDIR" }]);
    expect(existsSync(join(home, "logs", other, "state.json"))).toBe(true);
  });

  test("whose folder cannot be read is told of, every time that old lines are looked for", () => {
    const told: unknown[] = [];
    logs.stop();
    jest.useFakeTimers();
    try {
      begin({ onError: (error) => told.push(error) });
      file(join("logs", component));
      jest.advanceTimersByTime(2 * 3_600_000);
    } finally {
      jest.useRealTimers();
    }
    expect(told).toMatchObject([{ code: "ENOTDIR" }, { code: "ENOTDIR" }]);
  });

  test("of an instance that has ended whose output cannot be looked at any more is told of", async () => {
    const out = file("out", "x\n");
    const told: unknown[] = [];
    logs.stop();
    begin({ onError: (error) => told.push(error) });
    logs.update([observed([], { endedLogs: [{ instance: "i1", stream: "out", path: out }] })]);
    await eventually("it is read", () => texts().length === 1);
    rmSync(out);
    symlinkSync(out, out);
    await eventually("that it cannot be", () => told.length > 0);
    expect(told[0]).toMatchObject({ code: "ELOOP" });
  });
});

const sourceOf = (path: string) => {
  const { ino, birthtimeMs } = statSync(path, { bigint: true });
  return { number: 1, path, file: `${ino}-${birthtimeMs}`, instance: "i1", stream: "out", position: 0, last: 0 };
};

describe("Search", () => {
  const find = (search: string, limit = 10, before = Number.MAX_SAFE_INTEGER) =>
    newestMatches(logs.log(component), { search, before, limit, cancelled: () => false }).then((found) =>
      found.map((line) => line.text),
    );

  test("finds the newest lines that contain a text, whatever its case, in every script", async () => {
    logs.stop();
    begin({ limits: { segmentBytes: 2_000 } });
    for (let n = 1; n <= 200; n++) logs.say(component, n % 50 === 0 ? `Error ${n}: Größe 错误` : `fine ${n}`);
    expect(await find("error", 2)).toEqual(["Error 150: Größe 错误", "Error 200: Größe 错误"]);
    expect(await find("GRÖSSE")).toEqual([]);
    expect(await find("GRÖß", 1)).toEqual(["Error 200: Größe 错误"]);
    expect(await find("错误", 1)).toEqual(["Error 200: Größe 错误"]);
    expect(await find("error", 1, 150)).toEqual(["Error 100: Größe 错误"]);
  });

  test("does not find what is only in the numbers beside the text", async () => {
    logs.say(component, "nothing here");
    expect(await find(" p 0 0 ")).toEqual([]);
  });
});

describe("The platform's lines", () => {
  test("tell what happened between two looks, and nothing twice after a restart", () => {
    const look = (instances: object[], more: object = {}) =>
      logs.update([
        {
          component,
          phase: "settled",
          serving: "rel_1",
          workload: { releaseNumber: 1 },
          endedLogs: [],
          instances,
          ...more,
        } as unknown as Observed,
      ]);
    const one = { id: "a", release: "rel_1", releaseNumber: 1, state: "starting", restarts: 0, lastExit: null, logs: [] };
    look([]);
    look([one]);
    look([{ ...one, state: "ready" }]);
    look([{ ...one, state: "waiting", restarts: 1, lastExit: { code: 3, signal: null, at: "", outOfMemory: false } }]);
    look([{ ...one, state: "ready", restarts: 2, lastExit: { code: null, signal: "SIGKILL", at: "", outOfMemory: true } }]);
    look([], { phase: "failed", workload: { releaseNumber: 2 } });
    expect(texts()).toEqual([
      "Release 1: instance a starts.",
      "Instance a is ready.",
      "Instance a ended with exit code 3; it is started again (restart 1).",
      "Instance a was killed because it used more memory than its limit; it is started again (restart 2).",
      "Instance a is ready.",
      "Release 1: instance a has ended.",
      "Release 2 did not get healthy.",
    ]);
    const told = lines().map(({ code, params }) => [code, params]);
    expect(told[2]).toEqual(["log.again.code", { instance: "a", exit: "3", restarts: 1 }]);
    expect(told[5]).toEqual(["log.left", { release: 1, instance: "a" }]);
  });
});

describe("kill -9 of the reader", () => {
  const tailer = (out: string): ChildProcess =>
    spawn(process.execPath, ["--no-warnings", join(import.meta.dirname, "log-tailer.ts"), join(home, "logs"), component, out], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, NODE_OPTIONS: "" },
    });

  test("at random moments: the stored lines are exactly the lines written", async () => {
    logs.stop();
    const out = file("out");
    let written = 0;
    const writer = setInterval(() => {
      const count = Math.floor(Math.random() * 400);
      appendFileSync(out, Array.from({ length: count }, () => `line ${++written} ${"z".repeat(Math.random() * 200)}\n`).join(""));
    }, 5);
    try {
      for (let kill = 0; kill < 10; kill++) {
        const child = tailer(out);
        const gone = new Promise((resolve) => child.once("exit", resolve));
        await new Promise((resolve) => child.stdout?.once("data", resolve).once("end", resolve));
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 250));
        child.kill("SIGKILL");
        await gone;
      }
    } finally {
      clearInterval(writer);
    }
    begin();
    logs.update([observed([{ id: "i1", out }])]);
    await eventually("everything is stored", () => logs.log(component).last() >= written);
    expect(texts().map((text) => Number(text.split(" ")[1]))).toEqual(Array.from({ length: written }, (_, n) => n + 1));
  }, 60_000);
});
