import { type Reporter, reporter } from "../../edge-agents/runtime/reporter.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import type { AgentReport, Observation } from "../../shared/contract/agent.ts";
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
let running: Reporter;
const start = (epoch: number) =>
  reporter({
    report: async (report) => {
      if (down) throw new Error("down");
      told.push(report);
    },
    facts: async () => ({ capabilities: [] }),
    clock: systemClock(),
    random: () => 0.1,
    epoch,
    log: () => {},
  });
const observations = () => told.flatMap((r) => r.observations);
beforeEach(() => {
  told = [];
  down = false;
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
