import { unreachable } from "../base/fault.ts";
import type { Observation } from "../contract/agent.ts";
import type { Advice, Configuration } from "../contract/component.ts";
import type { Operation, OperationKind, OperationState } from "../contract/operation.ts";
import type { Step } from "../contract/release.ts";
import { adviceFor } from "./advice.ts";

/** What happens to an operation. `at` is when, RFC 3339. */
export type OperationEvent =
  | { readonly kind: "reported"; readonly steps: readonly Step[]; readonly at: string }
  | { readonly kind: "released"; readonly release: Operation["release"]; readonly target: number; readonly at: string }
  | { readonly kind: "observed"; readonly observation: Seen; readonly at: string; readonly fallsBackTo: number | null }
  | { readonly kind: "failed"; readonly failure: NonNullable<Operation["failure"]>; readonly at: string }
  | { readonly kind: "superseded" | "cancelled" | "succeeded"; readonly at: string };
type Seen = Pick<Observation, "generation" | "phase" | "steps" | "signals">;

/**
 * pending → running → succeeded | failed | superseded | cancelled. The last four are final: whatever comes after changes nothing,
 * so that every event may be told again.
 */
export const isFinished = (state: OperationState): boolean => state !== "pending" && state !== "running";

export function nextOperation(operation: Operation, event: OperationEvent): Operation {
  if (isFinished(operation.state)) return operation;
  const changed = changedBy(operation, event);
  return changed === operation ? operation : { ...changed, generation: operation.generation + 1 };
}

function changedBy(operation: Operation, event: OperationEvent): Operation {
  switch (event.kind) {
    case "reported":
      return { ...operation, state: "running", steps: mergedSteps(operation.steps, event.steps) };
    case "released":
      return releasedBy(operation, event);
    case "observed":
      return observedBy(operation, event);
    case "failed":
      return ended({ ...operation, failure: event.failure }, "failed", event.at);
    case "superseded":
    case "cancelled":
    case "succeeded":
      return ended(operation, event.kind, event.at);
    default:
      return unreachable(event);
  }
}

function releasedBy(operation: Operation, event: { release: Operation["release"]; target: number; at: string }): Operation {
  const step: Step = { name: "release", state: "succeeded", startedAt: event.at, endedAt: event.at, message: null };
  const steps = mergedSteps(operation.steps.map(skippedIfNotBuilt), [step]);
  return { ...operation, state: "running", release: event.release, target: event.target, steps };
}

/** What the build never had to do (a static site has no install) is skipped once there is a release. */
const skippedIfNotBuilt = (step: Step): Step =>
  step.state === "waiting" && (buildSteps as readonly string[]).includes(step.name) ? { ...step, state: "skipped" } : step;

/** Only what is said of the wanted generation, or a later one, decides. */
function observedBy(operation: Operation, event: Extract<OperationEvent, { kind: "observed" }>): Operation {
  const { observation, at, fallsBackTo } = event;
  if (operation.target === null || observation.generation < operation.target) return operation;
  const steps = mergedSteps(operation.steps, observation.steps);
  const told: Operation = { ...operation, state: "running", steps };
  switch (observation.phase) {
    case "settled":
      // A move goes on until nothing is left where it came from.
      return operation.kind === "remove" || operation.kind === "move" ? told : ended(told, "succeeded", at);
    case "removed":
      return operation.kind === "remove" ? ended(told, "succeeded", at) : told;
    case "failed":
      return ended({ ...told, failure: failureOf(observation.signals, fallsBackTo) }, "failed", at);
    case "progressing":
      return sameSteps(operation.steps, steps) && operation.state === "running" ? operation : told;
    default:
      return unreachable(observation.phase);
  }
}

/** `fallsBackTo`: the number of the release that goes on serving (W8). */
function failureOf(signals: Observation["signals"], fallsBackTo: number | null): Advice {
  const failure: Advice = signals[0]
    ? adviceFor(signals[0])
    : {
        code: "rollout.failed",
        message: "The new instances did not become healthy.",
        next: "Read the component's log, mend the cause and deploy again.",
      };
  const kept = fallsBackTo === null ? "" : ` Release ${fallsBackTo}, which was never stopped, goes on serving.`;
  const params = { ...failure.params, ...(fallsBackTo === null ? {} : { keptRelease: fallsBackTo }) };
  return { ...failure, next: failure.next + kept, params };
}

const ending: Record<"succeeded" | "failed" | "superseded" | "cancelled", Record<"waiting" | "running", Step["state"]>> = {
  succeeded: { waiting: "skipped", running: "succeeded" },
  failed: { waiting: "skipped", running: "failed" },
  superseded: { waiting: "skipped", running: "skipped" },
  cancelled: { waiting: "skipped", running: "skipped" },
};
function ended(operation: Operation, state: keyof typeof ending, at: string): Operation {
  const close = (step: Step): Step => {
    if (step.state !== "waiting" && step.state !== "running") return step;
    return { ...step, state: ending[state][step.state], endedAt: step.state === "running" ? at : step.endedAt };
  };
  return { ...operation, state, steps: operation.steps.map(close), endedAt: at };
}

const sameSteps = (a: readonly Step[], b: readonly Step[]): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Reported steps replace those of their name; a new one takes its place before the known one that it was reported before. */
export function mergedSteps(current: readonly Step[], reported: readonly Step[]): Step[] {
  const news = new Map(reported.map((s) => [s.name, s]));
  const merged = current.map((s) => news.get(s.name) ?? s);
  for (const [at, step] of reported.entries()) {
    if (merged.some((s) => s.name === step.name)) continue;
    const following = new Set(reported.slice(at + 1).map((s) => s.name));
    const place = merged.findIndex((s) => following.has(s.name));
    merged.splice(place < 0 ? merged.length : place, 0, step);
  }
  return merged;
}

export const buildSteps = ["source", "detect", "install", "build", "pack", "publish"] as const;
const rolloutSteps = ["fetch", "start", "healthy", "switch", "drain"] as const;
const stepNames: Record<OperationKind, readonly string[]> = {
  deploy: [...buildSteps, "release", ...rolloutSteps],
  configure: ["release", ...rolloutSteps],
  rollback: ["release", ...rolloutSteps],
  restart: rolloutSteps,
  scale: ["start", "healthy", "drain"],
  start: ["fetch", "start", "healthy", "switch"],
  stop: ["drain"],
  move: ["fetch", "start", "healthy", "follow", "leave"],
  remove: ["drain"],
  drain: [],
  leave: [],
  "node-cordon": ["cordon"],
  "node-uncordon": ["uncordon"],
  "node-drain": ["cordon", "evict"],
  "node-edit": ["edit"],
};
/** All the steps to expect; those that turn out not to be needed end as skipped. */
export const stepsFor = (kind: OperationKind, needsBuild: boolean): Step[] =>
  stepNames[kind]
    .filter((name) => needsBuild || !(buildSteps as readonly string[]).includes(name))
    .map((name) => ({ name, state: "waiting", startedAt: null, endedAt: null, message: null }));

/** Time for a build to wait for its turn and to run, in seconds: twice what one build may take. */
export const buildPatienceSeconds = 60 * 60;
/** For the data center to hear of it, fetch the artifact and report back. */
const rolloutPatienceSeconds = 5 * 60;

/** For those that depend on a moved component to follow it, one after the other, and for the old place to be cleared. */
const movePatienceSeconds = 60 * 60;
/** Of a data center: hundreds of components, some at a time. */
export const dataCenterPatienceSeconds = 6 * 60 * 60;

/** How long an operation may take: instances are replaced one after the other, each may use its whole start and grace time. */
export function patienceSeconds(kind: OperationKind, needsBuild: boolean, configuration: Configuration): number {
  const each = configuration.health.startSeconds + configuration.graceSeconds;
  const rollout = rolloutPatienceSeconds + each * Math.max(1, configuration.replicas);
  if (kind === "move") return movePatienceSeconds + rollout;
  return kind === "deploy" && needsBuild ? buildPatienceSeconds + rollout : rollout;
}

/** Said when an operation ran out of time, by how far it came. */
export function deadlineFailure(operation: Operation, connected: boolean): NonNullable<Operation["failure"]> {
  if (operation.target === null)
    return {
      code: "deadline.build",
      message: "The build did not end in time.",
      next: "Look at the last lines of the build log for what it waited for, and deploy again.",
    };
  return connected
    ? {
        code: "deadline.rollout",
        message: "The data center did not report the change as done in time.",
        next: "Look at the component's instances and log; deploy again, or roll back to the release before.",
      }
    : {
        code: "data-center.disconnected",
        message: "The data center was not connected, so the change could not be carried out in time.",
        next: "Start the data center's agent. It catches up by itself: what is wanted is kept.",
      };
}
