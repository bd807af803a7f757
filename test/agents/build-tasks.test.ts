import { describe, expect, test } from "@jest/globals";
import { buildTasks } from "../../edge-agents/builds/build-tasks.ts";
import { refuseBuild } from "../../edge-agents/builds/refuse-build.ts";
import { fencedBuilds } from "../../edge-agents/cluster/fence.ts";
import { Fault } from "../../shared/base/fault.ts";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import type { BuilderWait, BuildTask, BuildTaskReport } from "../../shared/contract/agent.ts";
import type { BuilderState } from "../../shared/ports/build-runner.ts";
import { startContractServer } from "../support/contract-server.ts";
import { eventually } from "../support/eventually.ts";

const task = (digit: string, attempt = 1): BuildTask =>
  ({
    id: `bld_${digit.repeat(16)}`,
    attempt,
    tenant: "tnt_0000000000000001",
    cloudUrl: "http://x",
    token: "t",
    limits: { seconds: 60 },
  }) as BuildTask;
const nameOf = ({ id, attempt }: Pick<BuildTask, "id" | "attempt">) => `${id.slice(4, 5)}-${attempt}`;

/** A cluster of builders: those that run, and how the others ended. */
function world() {
  const clock = steppedClock();
  const running = new Set<string>();
  const ended = new Map<string, BuilderState>();
  const refused: string[] = [];
  const told: BuildTaskReport[] = [];
  const waits: BuilderWait[] = [];
  const faults = new Map<string, Fault>();
  const blind = { is: false };
  const deaf = { is: false };
  let started = 0;
  const leader = { is: true };
  const assertLeads = () => {
    if (!leader.is) throw new Fault("conflict", "Another replica leads.");
  };
  const begin = () =>
    buildTasks({
      builds: fencedBuilds(
        {
          start: async (asked) => {
            const name = nameOf(asked);
            const fault = faults.get(name);
            if (fault) throw fault;
            if (!running.has(name) && !ended.has(name)) started += 1;
            if (!ended.has(name)) running.add(name);
            return name;
          },
          observe: async (name) => ended.get(name) ?? (running.has(name) ? "running" : "lost"),
          keepOnly: async (tasks) => {
            if (blind.is) throw new Fault("forbidden", "no right to list jobs");
            const kept = new Set(tasks.map(nameOf));
            for (const name of running) if (!kept.has(name)) running.delete(name);
          },
        },
        assertLeads,
      ),
      report: async (reports) => void told.push(...reports),
      reportWaits: async (reports) => void waits.push(...reports),
      refuse: async (asked, why) => {
        if (deaf.is) throw new Fault("unavailable", "the platform answered 401");
        refused.push(`${nameOf(asked)}: ${why}`);
      },
      clock,
      log: () => {},
    });
  const end = (name: string, state: BuilderState) => {
    running.delete(name);
    ended.set(name, state);
  };
  const seen = (what: string, is: () => boolean) =>
    eventually(what, async () => {
      await clock.advance(5_000);
      return is();
    });
  return { begin, end, seen, running, refused, told, waits, faults, blind, deaf, leader, clock, started: () => started };
}

describe("C6: builders in a data center", () => {
  test("run as long as they are asked for; how each ended is told once", async () => {
    const it = world();
    const tasks = it.begin();
    tasks.asked([task("1"), task("2")]);
    await it.seen("both run", () => it.running.size === 2);
    it.end("1-1", "ended");
    it.end("2-1", "lost");
    await it.seen("both are told", () => it.told.length === 2);
    tasks.asked([task("1"), task("2")]);
    await it.clock.advance(60_000);
    expect(it.told.map((report) => `${nameOf(report)} ${report.state}`)).toEqual(["1-1 ended", "2-1 lost"]);
    expect(it.started()).toBe(2);
    await tasks.stop();
  });
  test("that were ended for a reason that can be seen say it", async () => {
    const it = world();
    const tasks = it.begin();
    tasks.asked([task("1")]);
    await it.seen("it runs", () => it.running.size === 1);
    const failure = { code: "build.memory", message: "It ran out of its memory.", next: "Give it more." };
    it.end("1-1", { failure });
    await it.seen("it is told", () => it.told.length === 1);
    expect(it.told).toMatchObject([{ state: "lost", failure }]);
    await tasks.stop();
  });
  test("C2: that have not begun say why when it is news, and when they begin", async () => {
    const it = world();
    const tasks = it.begin();
    tasks.asked([task("1")]);
    await it.seen("it runs", () => it.running.size === 1);
    const waiting = [{ code: "builder.no-memory", message: "No node has room.", next: "Add one." }];
    it.end("1-1", { waiting });
    await it.seen("it is told", () => it.waits.length === 1);
    await it.clock.advance(60_000);
    it.end("1-1", "running");
    await it.seen("its beginning is told", () => it.waits.length === 2);
    await it.clock.advance(60_000);
    expect(it.waits.map((wait) => wait.waiting)).toEqual([waiting, []]);
    expect(it.told).toEqual([]);
    await tasks.stop();
  });
  test("end when they are asked for no more, those of a leader before too", async () => {
    const it = world();
    const before = it.begin();
    before.asked([task("1")]);
    await it.seen("it runs", () => it.running.has("1-1"));
    await before.stop();
    const after = it.begin();
    after.asked([]);
    await it.seen("it is ended", () => it.running.size === 0);
    expect(it.told).toEqual([]);
    await after.stop();
  });
  test("are found by whoever comes to lead, and not started twice", async () => {
    const it = world();
    const before = it.begin();
    before.asked([task("1")]);
    await it.seen("it runs", () => it.running.has("1-1"));
    await before.stop();
    const after = it.begin();
    after.asked([task("1")]);
    await it.clock.advance(30_000);
    it.end("1-1", "ended");
    await it.seen("its end is told", () => it.told.length === 1);
    expect(it.started()).toBe(1);
    await after.stop();
  });
  test("that can never be started fail their build with the reason; those that cannot now are tried again", async () => {
    const it = world();
    const tasks = it.begin();
    it.faults.set("1-1", new Fault("forbidden", "no right to make jobs"));
    it.faults.set("2-1", new Fault("unavailable", "the cluster does not answer"));
    tasks.asked([task("1"), task("2")]);
    await it.seen("the first is refused", () => it.told.length === 1);
    expect(it.refused).toEqual(["1-1: no right to make jobs"]);
    it.faults.delete("2-1");
    await it.seen("the second runs", () => it.running.has("2-1"));
    await tasks.stop();
  });
  test("that cannot be started say so although those that run cannot even be seen", async () => {
    const it = world();
    it.blind.is = true;
    it.faults.set("1-1", new Fault("forbidden", "no right to make jobs"));
    const tasks = it.begin();
    tasks.asked([task("1")]);
    await it.seen("it is refused", () => it.told.length === 1);
    expect(it.refused).toEqual(["1-1: no right to make jobs"]);
    await tasks.stop();
  });
  test("are started although nobody hears that another one cannot be", async () => {
    const it = world();
    it.deaf.is = true;
    it.faults.set("1-1", new Fault("forbidden", "no right to make jobs"));
    const tasks = it.begin();
    tasks.asked([task("1"), task("2")]);
    await it.clock.advance(60_000);
    expect([...it.running]).toEqual(["2-1"]);
    it.deaf.is = false;
    await it.seen("it is told in the end", () => it.refused.length === 1);
    await tasks.stop();
  });
  test("P9: are neither started nor ended by a replica that does not lead any more, though it has not ended yet", async () => {
    const it = world();
    const tasks = it.begin();
    tasks.asked([task("1")]);
    await it.seen("it runs", () => it.running.has("1-1"));
    it.leader.is = false;
    tasks.asked([task("2")]);
    await it.clock.advance(60_000);
    expect([...it.running]).toEqual(["1-1"]);
    expect(it.refused).toEqual([]);
    await tasks.stop();
  });
});

test.each([
  ["bld_1111111111111111", { code: "build.not-begun", next: "Mend what the message names, and deploy again." }],
  ["chk_1111111111111111", { code: "check.not-begun", next: "Mend what the message names, and check again." }],
] as const)("C6: %s that cannot be begun ends with the reason and what to do", async (id, words) => {
  const told: unknown[] = [];
  const server = await startContractServer({
    buildReport: ({ params, body, headers }) => {
      told.push([params.build, headers.authorization, body.sequence, body.result]);
      return { cancelled: false };
    },
  });
  await refuseBuild(server.url, { ...task("1"), id } as BuildTask, "no right to make jobs");
  await server.stop();
  const message = expect.stringContaining("no right to make jobs");
  expect(told).toMatchObject([
    [id, "Bearer t", 1, { ...words, state: "failed", message, params: { reason: "no right to make jobs" } }],
  ]);
});
