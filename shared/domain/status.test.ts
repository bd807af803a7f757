import fc from "fast-check";
import type { Instance } from "../contract/component.ts";
import { ComponentStatus } from "../contract/component.ts";
import { adviceFor } from "./advice.ts";
import { type StatusFacts, statusOf } from "./status.ts";

const base: StatusFacts = {
  kind: "stateless",
  wanted: "running",
  replicas: 1,
  generation: 3,
  release: { id: "r2", number: 2 },
  operation: null,
  build: null,
  observation: null,
  connected: true,
};
const instance = (state: Instance["state"], release = "r2") => ({ state, release }) as unknown as Instance;
const run = (code: number | null) => ({ state: "exited", release: "r2", lastExit: { code } }) as unknown as Instance;
const observed = (over: Partial<NonNullable<StatusFacts["observation"]>>): NonNullable<StatusFacts["observation"]> => ({
  generation: 3,
  phase: "settled",
  serving: "r2" as never,
  instances: [instance("ready")],
  signals: [],
  ...over,
});
const operation = (over: Partial<NonNullable<StatusFacts["operation"]>>): NonNullable<StatusFacts["operation"]> => ({
  kind: "deploy",
  state: "running",
  failure: null,
  ...over,
});

const rows: [string, Partial<StatusFacts>, string][] = [
  ["nothing was ever deployed", { release: null }, "empty"],
  ["the first build waits", { release: null, operation: operation({}), build: { state: "queued" } }, "building"],
  ["the first build runs", { release: null, operation: operation({}), build: { state: "running" } }, "building"],
  ["the first build failed", { release: null, operation: operation({ state: "failed" }), build: { state: "failed" } }, "failed"],
  [
    "the first build was cancelled",
    { release: null, operation: operation({ state: "cancelled" }), build: { state: "cancelled" } },
    "empty",
  ],
  ["released, not yet seen by the data center", {}, "starting"],
  [
    "the data center works on an older generation, nothing serves",
    { observation: observed({ generation: 2, serving: null, instances: [] }) },
    "starting",
  ],
  [
    "the data center works on an older generation, the old one serves",
    { observation: observed({ generation: 2, serving: "r1" as never }) },
    "updating",
  ],
  [
    "starting its first instance",
    { observation: observed({ phase: "progressing", serving: null, instances: [instance("starting")] }) },
    "starting",
  ],
  [
    "rolling from one release to the next",
    {
      observation: observed({
        phase: "progressing",
        serving: "r1" as never,
        instances: [instance("ready", "r1"), instance("starting")],
      }),
    },
    "updating",
  ],
  [
    "a build runs while the old one serves",
    { operation: operation({}), build: { state: "running" }, observation: observed({}) },
    "updating",
  ],
  ["all instances ready", { observation: observed({}) }, "running"],
  [
    "one of two is ready",
    { replicas: 2, observation: observed({ phase: "progressing", instances: [instance("ready"), instance("waiting")] }) },
    "degraded",
  ],
  [
    "it will not get there and nothing serves",
    { observation: observed({ phase: "failed", serving: null, instances: [instance("exited")] }) },
    "failed",
  ],
  [
    "it will not get there, the old one serves",
    { observation: observed({ phase: "failed", serving: "r1" as never, instances: [instance("ready", "r1")] }) },
    "degraded",
  ],
  [
    "stopping",
    { wanted: "stopped", observation: observed({ phase: "progressing", instances: [instance("stopping")] }) },
    "stopping",
  ],
  ["stopped", { wanted: "stopped", observation: observed({ serving: null, instances: [] }) }, "stopped"],
  ["scaled to none", { replicas: 0, observation: observed({ serving: null, instances: [] }) }, "stopped"],
  ["being removed", { operation: operation({ kind: "remove" }), observation: observed({}) }, "stopping"],
  [
    "a job starts",
    { kind: "job", observation: observed({ phase: "progressing", serving: null, instances: [instance("starting")] }) },
    "starting",
  ],
  [
    "a job runs, beside what is left of an earlier one",
    { kind: "job", observation: observed({ phase: "progressing", serving: null, instances: [run(0), instance("ready")] }) },
    "running",
  ],
  ["a job has run to its end", { kind: "job", observation: observed({ instances: [run(0)] }) }, "succeeded"],
  ["a job has failed", { kind: "job", observation: observed({ phase: "failed", serving: null, instances: [run(3)] }) }, "failed"],
  ["a schedule waits for its first time", { kind: "cron", observation: observed({ instances: [] }) }, "scheduled"],
  ["a run of a schedule goes on", { kind: "cron", observation: observed({ instances: [run(3), instance("ready")] }) }, "running"],
  [
    "the newest run of a schedule ended well",
    { kind: "cron", observation: observed({ instances: [run(3), run(0)] }) },
    "scheduled",
  ],
  ["the newest run of a schedule failed", { kind: "cron", observation: observed({ instances: [run(0), run(1)] }) }, "degraded"],
  ["the newest run of a schedule was killed", { kind: "cron", observation: observed({ instances: [run(null)] }) }, "degraded"],
  ["the data center is silent", { connected: false, observation: observed({}) }, "unknown"],
];

describe("W5: status is a pure function of desired and observed", () => {
  test.each(rows)("%s", (_, over, expected) => {
    expect(statusOf({ ...base, ...over }).status).toBe(expected);
  });

  test("every status a person can see has a row here", () => {
    expect(new Set(rows.map(([, , status]) => status))).toEqual(new Set(ComponentStatus.options));
  });

  test("a signal becomes advice that names the cause and the next step", () => {
    const { advice } = statusOf({
      ...base,
      observation: observed({ phase: "failed", serving: null, signals: [{ code: "killed.memory", detail: { limitMib: 256 } }] }),
    });
    expect(advice).toEqual([
      expect.objectContaining({ code: "killed.memory", next: expect.stringContaining("from 256 to 512 MiB") }),
    ]);
  });

  test("a failed operation explains itself", () => {
    const failure = { code: "build.failed", message: "npm ended with 1", next: "Mend it." };
    expect(statusOf({ ...base, release: null, operation: operation({ state: "failed", failure }) }).advice).toEqual([failure]);
  });

  test("an unknown signal is shown, not hidden", () => {
    expect(adviceFor({ code: "new.thing", detail: { port: 3 } }).message).toBe("new.thing, port: 3");
  });

  test("it is total", () => {
    const state = fc.constantFrom<Instance["state"]>(
      "starting",
      "ready",
      "unhealthy",
      "draining",
      "stopping",
      "exited",
      "waiting",
    );
    const facts = fc.record({
      wanted: fc.constantFrom("running" as const, "stopped" as const),
      replicas: fc.integer({ min: 0, max: 3 }),
      phase: fc.constantFrom("progressing" as const, "settled" as const, "failed" as const, "removed" as const),
      serving: fc.constantFrom("r1", "r2", null),
      states: fc.array(state, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(facts, (f) => {
        const { status } = statusOf({
          ...base,
          wanted: f.wanted,
          replicas: f.replicas,
          observation: observed({ phase: f.phase, serving: f.serving as never, instances: f.states.map((s) => instance(s)) }),
        });
        expect(ComponentStatus.options).toContain(status);
        if (f.wanted === "stopped") expect(["stopping", "stopped"]).toContain(status);
        if (f.serving === null && f.wanted === "running" && f.replicas > 0) expect(status).not.toBe("updating");
      }),
    );
  });
});
