import { type Reporter, reporter } from "../../edge-agents/runtime/reporter.ts";
import { type SteppedClock, steppedClock } from "../../shared/adapters/memory/clock.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import type { AgentReport, Observation } from "../../shared/contract/agent.ts";
import type { Facts } from "../../shared/domain/news.ts";
import type * as z from "zod";
import { eventually } from "../support/eventually.ts";

type Told = z.infer<typeof AgentReport>;
const observation = (n: number, generation: number, memoryBytes: number | null = 0) =>
  ({
    component: `cmp_${n}`,
    tenant: "t",
    generation,
    phase: "settled",
    serving: null,
    instances: [{ id: "i", memoryBytes, cpuMillis: memoryBytes === null ? null : 0 }],
    steps: [],
    signals: [],
    addresses: [],
  }) as unknown as Omit<Observation, "sequence" | "at">;

let told: Told[];
let down: boolean;
/** Of the data center itself nothing can be found out. */
let unknown: boolean;
let running: Reporter;
const start = (epoch: number) =>
  reporter({
    report: async (report) => {
      if (down) throw new Error("down");
      told.push(report);
    },
    facts: async () => {
      if (unknown) throw new Error("the cluster does not answer");
      return { capabilities: [] };
    },
    clock: systemClock(),
    random: () => 0.1,
    epoch,
    log: () => {},
  });
const observations = () => told.flatMap((r) => r.observations);
beforeEach(() => {
  told = [];
  down = unknown = false;
});
afterEach(() => running.stop());

test("A4: tells what is new once, and the facts of the data center with the first report", async () => {
  running = start(1);
  running.observed([observation(1, 1)]);
  await eventually("told", async () => observations().length === 1);
  running.observed([observation(1, 1)]);
  running.observed([observation(1, 2)]);
  await eventually("told again", async () => observations().length === 2);
  expect(observations().map((o) => o.generation)).toEqual([1, 2]);
  expect(told[0]).toMatchObject({ capabilities: [] });
});

test("A4: what runs is told though nothing can be found out of the data center itself; that is told once it can", async () => {
  unknown = true;
  running = start(1);
  running.observed([observation(1, 1)]);
  await eventually("told", async () => observations().length === 1);
  running.observed([observation(1, 2)]);
  await eventually("told again", async () => observations().length === 2);
  unknown = false;
  await eventually("the facts", async () => told.some((report) => report.capabilities));
  expect(observations()[2]).toMatchObject({ generation: 2, repeated: true });
});

test("a change of memory use alone is no news", async () => {
  running = start(1);
  running.observed([observation(1, 1, 10)]);
  await eventually("told", async () => observations().length === 1);
  running.observed([observation(1, 1, 99)]);
  running.observed([observation(1, 1, 99), observation(2, 1)]);
  await eventually("the other one is told", async () => observations().length === 2);
  expect(observations().map((o) => o.component)).toEqual(["cmp_1", "cmp_2"]);
});

test("U1: that an instance's use has been measured for the first time is news", async () => {
  running = start(1);
  running.observed([observation(1, 1, null)]);
  await eventually("told", async () => observations().length === 1);
  running.observed([observation(1, 1, null)]);
  running.observed([observation(1, 1, 42)]);
  await eventually("told again", async () => observations().length === 2);
  expect(observations().map((o) => o.instances[0]?.memoryBytes)).toEqual([null, 42]);
});

test("what was overtaken while the platform was down is never told; the newest is", async () => {
  down = true;
  running = start(1);
  running.observed([observation(1, 1)]);
  running.observed([observation(1, 2)]);
  running.observed([observation(1, 3)]);
  down = false;
  await eventually("told", async () => observations().length > 0);
  expect(observations().map((o) => o.generation)).toEqual([3]);
});

test("sequence numbers grow within a start and across starts", async () => {
  running = start(1);
  running.observed([observation(1, 1), observation(2, 1)]);
  await eventually("told", async () => observations().length === 2);
  await running.stop();
  running = start(2);
  running.observed([observation(1, 1)]);
  await eventually("told after the restart", async () => observations().length === 3);
  const sequences = observations().map((o) => o.sequence);
  expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
  expect(new Set(sequences).size).toBe(3);
});

describe("what is no news", () => {
  let clock: SteppedClock;
  let use: number;
  let findings: number;
  const facts = async (): Promise<Facts> => ({
    capacity: {
      cpuMillis: 4_000,
      cpuMillisUsed: use,
      memoryBytes: 8e9,
      memoryBytesUsed: use,
      diskBytes: 1e12,
      diskBytesUsed: use,
      instances: 1,
    },
    streamUrl: "wss://dc.example.org",
  });
  const minutes = async (count: number) => {
    for (let at = 0; at < count; at++) {
      use += 1;
      running.observed([observation(1, 1, use)]);
      await clock.advance(60_000);
    }
  };
  const begin = async () => {
    running = reporter({
      report: async (report) => {
        if (down) throw new Error("down");
        told.push(report);
      },
      facts,
      findings: async () => {
        findings += 1;
        return { preflight: [] };
      },
      clock,
      random: () => 0.1,
      epoch: 1,
      log: () => {},
    });
    running.session(true);
    await minutes(2);
    told = [];
    findings = 0;
  };
  beforeEach(async () => {
    clock = steppedClock();
    use = 0;
    await begin();
  });

  test("G22: while nobody looks and nothing happens, one report a day: all of it, as a repetition", async () => {
    await minutes(23 * 60);
    expect(told).toEqual([]);
    expect(findings).toBe(0);
    await minutes(60);
    expect(told).toHaveLength(1);
    expect(findings).toBe(1);
    expect(told[0]).toMatchObject({ capacity: { cpuMillis: 4_000 }, preflight: [], observations: [{ repeated: true }] });
  });
  test("U1: how much is used is told every minute while somebody looks, and for no longer", async () => {
    running.watched(300_000);
    await minutes(30);
    expect(told.length).toBeGreaterThanOrEqual(5);
    expect(told.length).toBeLessThanOrEqual(7);
    expect(observations().every((o) => !("repeated" in o))).toBe(true);
    expect(new Set(told.map((r) => r.capacity?.cpuMillisUsed)).size).toBeGreaterThanOrEqual(4);
  });
  test("P6: without a session the platform hears every minute that the agent is there", async () => {
    running.session(false);
    await minutes(5);
    expect(told.length).toBeGreaterThanOrEqual(5);
  });
  test("N1: what changed of the data center itself is told within a minute", async () => {
    const before = facts;
    await running.stop();
    let streamUrl = "wss://dc.example.org";
    told = [];
    running = reporter({
      report: async (report) => told.push(report),
      facts: async () => ({ ...(await before()), streamUrl }),
      clock,
      random: () => 0.1,
      epoch: 2,
      log: () => {},
    });
    running.session(true);
    await minutes(3);
    expect(told).toHaveLength(1);
    streamUrl = "wss://elsewhere.example.org";
    await minutes(5);
    expect(told.slice(1).map((r) => r.streamUrl)).toEqual(["wss://elsewhere.example.org"]);
  });
  test("P6: what may have been lost on the way is never told as a repetition", async () => {
    down = true;
    running.observed([observation(1, 2)]);
    await clock.advance(10_000);
    down = false;
    running.observed([observation(1, 1)]);
    await minutes(1);
    expect(observations().map((o) => [o.generation, "repeated" in o])).toEqual([[1, false]]);
  });
  test("P6: a platform that forgot is told everything anew", async () => {
    running.repeat();
    await clock.advance(1_000);
    expect(observations().map((o) => [o.generation, "repeated" in o])).toEqual([[1, false]]);
    expect(told[0]).toMatchObject({ preflight: [] });
  });
});
