import type * as z from "zod";
import type { Step, StepState } from "../contract/release.ts";

/** The steps of a rollout as a person reads them, in order. */
export const stepNames = ["fetch", "start", "healthy", "switch", "drain"] as const;
export type StepName = (typeof stepNames)[number];

/** What a failed step says. */
export type Why = Pick<Step, "code" | "params"> & { readonly message: string };

export interface Progress {
  /** false: everything is to be stopped. */
  readonly running: boolean;
  readonly wanted: number;
  /** Of the wanted revision. */
  readonly prepared: number;
  readonly started: number;
  readonly ready: number;
  /** Instances that must go, whatever their revision. */
  readonly leaving: number;
  /** Why it will not get there. */
  readonly failure: Why | null;
}

export const freshTimeline = (): Step[] =>
  stepNames.map((name) => ({ name, state: "waiting", startedAt: null, endedAt: null, message: null }));

type State = z.infer<typeof StepState>;

/** Done when `count` is enough; under way once the step before it has begun to bring something; else as it was. */
const reached = (p: Progress, count: number, before: number): State | undefined => {
  if (count >= p.wanted) return "succeeded";
  return before > 0 ? "running" : undefined;
};
const drained = (p: Progress): State => (p.leaving > 0 ? "running" : "succeeded");

/** Where each step stands by the facts alone; `undefined`: as it was. */
const whileRunning: Record<StepName, (p: Progress) => State | undefined> = {
  fetch: (p) => reached(p, p.prepared, 1),
  start: (p) => reached(p, p.started, p.prepared),
  healthy: (p) => reached(p, p.ready, p.started),
  switch: (p) => reached(p, p.ready, p.ready),
  drain: (p) => (p.ready >= p.wanted ? drained(p) : undefined),
};
const whileStopping = (name: StepName, p: Progress): State => (name === "drain" ? drained(p) : "skipped");
const stateOf = (name: StepName, p: Progress): State | undefined => (p.running ? whileRunning[name](p) : whileStopping(name, p));

const isOver = (s: Step): boolean => s.state !== "waiting" && s.state !== "running";

/** A rollout that fails fails in the step it was in; the ones after it are not begun. */
const failed = (step: Step, state: State, why: Why, at: string): Step =>
  state === "running"
    ? { ...step, state: "failed", startedAt: step.startedAt ?? at, endedAt: at, ...why }
    : { ...step, state: "skipped" };

/** A step that is over stays over: an instance that crashes later is no part of the rollout's story. */
function advanceStep(step: Step, p: Progress, at: string): Step {
  if (isOver(step)) return step;
  const state = stateOf(step.name as StepName, p) ?? step.state;
  if (p.failure !== null && state !== "succeeded") return failed(step, state, p.failure, at);
  if (state === step.state) return step;
  if (state === "skipped") return { ...step, state };
  return { ...step, state, startedAt: step.startedAt ?? at, endedAt: state === "succeeded" ? at : null };
}

export const advance = (steps: readonly Step[], p: Progress, now: Date): Step[] =>
  steps.map((s) => advanceStep(s, p, now.toISOString()));
