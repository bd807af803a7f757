import type * as z from "zod";
import type { Step, StepState } from "../../../contract/release.ts";

/** The steps of a rollout as a person reads them, in order. */
export const stepNames = ["fetch", "start", "healthy", "switch", "drain"] as const;
export type StepName = (typeof stepNames)[number];

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
  readonly settled: boolean;
  /** Why it will not get there. */
  readonly failure: string | null;
}

export const freshTimeline = (): Step[] =>
  stepNames.map((name) => ({ name, state: "waiting", startedAt: null, endedAt: null, message: null }));

/** Where each step stands by the facts alone; `undefined`: as it was. */
function stateOf(name: StepName, p: Progress): z.infer<typeof StepState> | undefined {
  if (!p.running) return name === "drain" ? (p.leaving > 0 ? "running" : "succeeded") : "skipped";
  const enough = (count: number): boolean => count >= p.wanted;
  switch (name) {
    case "fetch":
      return enough(p.prepared) ? "succeeded" : "running";
    case "start":
      return enough(p.started) ? "succeeded" : p.prepared > 0 ? "running" : undefined;
    case "healthy":
      return enough(p.ready) ? "succeeded" : p.started > 0 ? "running" : undefined;
    case "switch":
      return enough(p.ready) ? "succeeded" : p.ready > 0 ? "running" : undefined;
    case "drain":
      return enough(p.ready) ? (p.leaving > 0 ? "running" : "succeeded") : undefined;
  }
}

const isOver = (s: Step): boolean => s.state !== "waiting" && s.state !== "running";

/** A step that is over stays over: an instance that crashes later is no part of the rollout's story. */
function advanceStep(step: Step, p: Progress, at: string): Step {
  if (isOver(step)) return step;
  const state = stateOf(step.name as StepName, p) ?? step.state;
  if (p.failure !== null)
    return state === "running"
      ? { ...step, state: "failed", startedAt: step.startedAt ?? at, endedAt: at, message: p.failure }
      : { ...step, state: state === "waiting" ? "skipped" : state, endedAt: at };
  if (state === step.state) return step;
  if (state === "skipped") return { ...step, state };
  const startedAt = step.startedAt ?? at;
  return { ...step, state, startedAt, endedAt: state === "succeeded" ? at : null };
}

export const advance = (steps: readonly Step[], p: Progress, now: Date): Step[] =>
  steps.map((s) => advanceStep(s, p, now.toISOString()));
