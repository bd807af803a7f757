import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Operation, OperationKind } from "../contract/operation.ts";
import type { Step } from "../contract/release.ts";
import { defaultConfiguration } from "./component.ts";
import { isFinished, mergedSteps, nextOperation, type OperationEvent, patienceSeconds, stepsFor } from "./operation.ts";

const at = "2026-01-01T00:00:00.000Z";
const later = "2026-01-01T00:01:00.000Z";
const operation = (more: object = {}): Operation =>
  Operation.parse({
    id: "op_0000000000000001",
    tenant: "tnt_0000000000000001",
    application: "app_0000000000000001",
    component: "cmp_0000000000000001",
    kind: "deploy",
    state: "pending",
    steps: stepsFor("deploy", true),
    target: null,
    build: null,
    release: null,
    failure: null,
    actor: { kind: "user", id: "usr_0000000000000001", name: "Ada" },
    createdAt: at,
    deadline: later,
    endedAt: null,
    generation: 1,
    ...more,
  });
const step = (name: string, state: Step["state"]): Step => ({ name, state, startedAt: at, endedAt: null, message: null });
const observed = (phase: "progressing" | "settled" | "failed" | "removed", generation: number): OperationEvent => ({
  kind: "observed",
  at: later,
  fallsBackTo: null,
  observation: { generation, phase, steps: [step("start", "running")], signals: [] },
});
const events: readonly OperationEvent[] = [
  { kind: "reported", steps: [step("build", "running")], at },
  { kind: "released", release: null, target: 5, at },
  observed("progressing", 5),
  observed("settled", 4),
  observed("settled", 5),
  observed("failed", 6),
  observed("removed", 5),
  { kind: "failed", failure: { code: "x", message: "x", next: "x" }, at: later },
  { kind: "superseded", at: later },
  { kind: "cancelled", at: later },
  { kind: "succeeded", at: later },
];

describe("an operation", () => {
  test("W6: ends in exactly one state, once, whatever happens in whatever order; told twice is told once", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...OperationKind.options),
        fc.array(fc.constantFrom(...events), { maxLength: 12 }),
        (kind, told) => {
          let now = operation({ kind, steps: stepsFor(kind, true) });
          for (const event of told) {
            const after = nextOperation(now, event);
            if (isFinished(now.state)) expect(after).toBe(now);
            expect(after.generation - now.generation).toBe(after === now ? 0 : 1);
            const again = nextOperation(after, event);
            expect({ ...again, generation: 0 }).toEqual({ ...after, generation: 0 });
            expect(isFinished(after.state)).toBe(after.endedAt !== null);
            if (isFinished(after.state))
              expect(after.steps.some((s) => s.state === "waiting" || s.state === "running")).toBe(false);
            expect(after.state === "failed").toBe(after.failure !== null);
            now = after;
          }
        },
      ),
    );
  });
  test.each([
    ["an older generation decides nothing", 5, observed("settled", 4), "running"],
    ["the wanted generation, settled, is success", 5, observed("settled", 5), "succeeded"],
    ["a later one too: what was wanted is part of it", 5, observed("settled", 6), "succeeded"],
    ["before there is a target nothing is fulfilled", null, observed("settled", 9), "running"],
  ] as const)("%s", (_, target, event, state) => {
    expect(nextOperation(operation({ state: "running", target }), event).state).toBe(state);
  });
  test("a removal is done when nothing is left, not when what is there is well", () => {
    const removal = operation({ kind: "remove", state: "running", target: 5 });
    expect(nextOperation(removal, observed("settled", 5)).state).toBe("running");
    expect(nextOperation(removal, observed("removed", 5)).state).toBe("succeeded");
  });
  test("W8: a failed rollout says which release goes on serving", () => {
    const event: OperationEvent = { ...(observed("failed", 5) as Extract<OperationEvent, { kind: "observed" }>), fallsBackTo: 3 };
    const failed = nextOperation(operation({ state: "running", target: 5 }), event);
    expect(failed.failure?.next).toContain("Release 3");
  });
});

test("steps keep their place: known ones are replaced, new ones come before the known one they were reported before", () => {
  const known = ["source", "build", "release", "start"].map((name) => step(name, "waiting"));
  const reported = [step("source", "succeeded"), step("scan", "running"), step("build", "waiting"), step("more", "waiting")];
  expect(mergedSteps(known, reported).map((s) => `${s.name} ${s.state}`)).toEqual([
    "source succeeded",
    "scan running",
    "build waiting",
    "release waiting",
    "start waiting",
    "more waiting",
  ]);
});
test("more instances, and slower ones, get more time", () => {
  const more = { ...defaultConfiguration, replicas: 10, health: { ...defaultConfiguration.health, startSeconds: 600 } };
  expect(patienceSeconds("scale", false, more)).toBeGreaterThan(10 * 600);
  expect(patienceSeconds("deploy", true, defaultConfiguration)).toBeGreaterThan(
    patienceSeconds("restart", false, defaultConfiguration),
  );
});
