import type { Workload } from "../../contract/agent.ts";
import type { Signal } from "../../domain/advice.ts";
import { isChecked, steadySeconds } from "../../domain/health-check.ts";
import type { Progress, Why } from "../../domain/timeline.ts";
import { isHopeless } from "./container-signals.ts";
import { appOf, firstStartOf, isGone, isLeaving, isOver, isReady, stateOf } from "./pod.ts";
import type { ComponentRecord } from "./record.ts";
import { conditionOf, msOf, type Pod } from "./shapes.ts";

/** What makes the pods, whatever its kind. */
export interface Controller {
  /** It is as applied last, and has acted on that. */
  readonly current: boolean;
  /** How many instances it is to have. */
  readonly wanted: number;
  /** Of a run to the end. */
  readonly outcome: "succeeded" | "failed" | null;
  /** Since when it may make no pods, ms, and why. */
  readonly refused: { readonly since: number; readonly signals: readonly Signal[] } | null;
}
export interface RolloutFacts {
  readonly record: ComponentRecord;
  /** Revision of the workload applied last, and of what served before. */
  readonly revision: string;
  readonly settledRevision: string | null;
  /** Of the goal; null while there is none. */
  readonly controller: Controller | null;
  /** Of the component, whatever their revision; with the revision each was made of. */
  readonly pods: readonly { readonly pod: Pod; readonly revision: string }[];
  /** ms since the epoch. */
  readonly now: number;
}
export interface Rejection extends Why {
  readonly pod: Pod | null;
}
export interface Judgement {
  readonly phase: "progressing" | "settled" | "failed";
  readonly progress: Progress;
  /** It serves as wanted: from now on it is what a later release falls back to. */
  readonly promote: boolean;
  /** It must be given up. */
  readonly reject: Rejection | null;
  /** When to judge again though nothing happens. */
  readonly wakeAt: number | null;
}

/** Ends before a release is given up. With the back-off of Kubernetes the third is some 12 s after the first. */
const endsMax = 3;
/** An image may take this long to arrive where nothing tells of trouble. */
const fetchMs = 600_000;
/** Trouble on the way to a start is given at least this long: a registry is away for a moment, a node comes up. */
const troubleMs = 30_000;
/** Times of pods are whole seconds. */
const secondMs = 1_000;

const reasons: Readonly<Record<"hopeless" | "exits" | "deadline" | "refused", (seconds: number) => Why>> = {
  hopeless: () => ({ code: "instance.cannot-start", message: "It cannot be started." }),
  exits: () => ({ code: "instance.keeps-ending", message: "It ends again and again soon after its start." }),
  deadline: (seconds) => ({
    code: "instance.late",
    params: { seconds },
    message: `It was not healthy ${seconds} s after its start.`,
  }),
  refused: () => ({ code: "instance.refused", message: "The cluster makes no instance of it." }),
};
const unhealthy: Why = { code: "instance.unhealthy", message: "It does not get healthy." };

/** Something tells that it will not come by waiting. */
function isInTrouble(pod: Pod): boolean {
  const unscheduled = conditionOf(pod, "PodScheduled")?.status === "False";
  const reasons = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].map(
    (c) => c.state?.waiting?.reason ?? "",
  );
  return unscheduled || reasons.some((r) => r !== "" && r !== "ContainerCreating" && r !== "PodInitializing");
}

type Verdict = { readonly reason: keyof typeof reasons } | { readonly due: number } | null;

/** Whether an instance has no prospect, or when that is to be asked again; null: it is well. */
function verdictOf(pod: Pod, startMs: number, now: number): Verdict {
  if (isReady(pod)) return null;
  if (isHopeless(pod)) return { reason: "hopeless" };
  const app = appOf(pod);
  const ends = (app?.restartCount ?? 0) + (app?.state?.running ? 0 : 1);
  const isEnded = app?.state?.terminated !== undefined || app?.state?.waiting?.reason === "CrashLoopBackOff";
  if (isEnded && ends >= endsMax) return { reason: "exits" };
  if (stateOf(pod) === "unhealthy") return null;
  const started = firstStartOf(pod);
  const made = msOf(pod.metadata.creationTimestamp) ?? now;
  const due = (started ?? made + (isInTrouble(pod) ? troubleMs : fetchMs)) + startMs + secondMs;
  return now >= due ? { reason: "deadline" } : { due };
}

const isVerdict = (v: Verdict): v is { reason: keyof typeof reasons } => v !== null && "reason" in v;

function rejectionOf(
  facts: RolloutFacts,
  good: readonly Pod[],
  seconds: number,
): { reject: Rejection | null; wakeAt: number | null } {
  const verdicts = good.map((pod) => ({ pod, verdict: verdictOf(pod, seconds * 1000, facts.now) }));
  const found = verdicts.find(({ verdict }) => isVerdict(verdict));
  if (found && isVerdict(found.verdict))
    return { reject: { ...reasons[found.verdict.reason](seconds), pod: found.pod }, wakeAt: null };
  const refused = facts.controller?.refused;
  const refusedDue = refused ? refused.since + troubleMs + seconds * 1000 : null;
  if (refusedDue !== null && facts.now >= refusedDue) return { reject: { ...reasons.refused(seconds), pod: null }, wakeAt: null };
  const dues = [
    ...verdicts.flatMap(({ verdict }) => (verdict && "due" in verdict ? [verdict.due] : [])),
    ...(refusedDue === null ? [] : [refusedDue]),
  ];
  return { reject: null, wakeAt: dues.length === 0 ? null : Math.min(...dues) };
}

export const isRunning = (w: Workload): boolean =>
  w.wanted === "running" &&
  (w.configuration.kind === "job" ||
    w.configuration.kind === "cron" ||
    w.configuration.kind === "daemon" ||
    w.configuration.replicas > 0);
const runsToEnd = (w: Workload): boolean => w.configuration.kind === "job";
const isScheduled = (w: Workload): boolean => w.configuration.kind === "cron";

/** What is to be in the cluster: what was applied last, or what served before when that was given up. */
export const goalOf = (record: ComponentRecord): Workload =>
  record.rejected && record.settled && !runsToEnd(record.workload) ? record.settled : record.workload;

const whyOf = ({ code, message, params }: Why): Why => ({ code, message, ...(params && { params }) });

interface Counts {
  readonly good: readonly Pod[];
  readonly wanted: number;
  readonly ready: number;
  readonly leaving: number;
}
/** Pods of the goal, and those that must go. */
function countsOf({ pods, controller }: RolloutFacts, goal: Workload, revision: string | null): Counts {
  const living = pods.filter(({ pod }) => !isOver(pod) && !isGone(pod));
  const good = living.filter((p) => p.revision === revision && !isLeaving(p.pod)).map(({ pod }) => pod);
  // Runs of a schedule come and go: none is waited for.
  if (isScheduled(goal)) return { good, wanted: 0, ready: 0, leaving: 0 };
  const wanted = controller?.wanted ?? goal.configuration.replicas;
  return { good, wanted, ready: good.filter(isReady).length, leaving: living.length - good.length };
}

/** When all that are ready have been so for long enough, ms since the epoch: without a check they are ready as soon as they are started. */
function steadyAtOf(pods: readonly Pod[], { configuration }: Workload): number {
  if (isChecked(configuration)) return 0;
  const since = pods.filter(isReady).map((pod) => msOf(conditionOf(pod, "Ready")?.lastTransitionTime) ?? 0);
  return Math.max(0, ...since) + (steadySeconds + 1) * secondMs;
}

/** All that a phase follows from. */
interface Standing extends Counts {
  /** As many as wanted are ready, of what was applied last. */
  readonly isServing: boolean;
  readonly gaveUp: boolean;
  readonly isTrial: boolean;
  readonly reject: Rejection | null;
  readonly promote: boolean;
}
function phaseOf(s: Standing, record: ComponentRecord, goal: Workload): Judgement["phase"] {
  if (s.gaveUp) return "failed";
  const isAlone = s.leaving === 0 && (isScheduled(goal) || s.good.length <= s.wanted);
  // Told only once it is kept: what is told as settled can be gone back to.
  if (s.isServing) return isAlone && !s.promote ? "settled" : "progressing";
  // A trial that has no prospect is given up first; only then is it told as failed.
  return record.rejected !== null || (s.reject !== null && !s.isTrial) ? "failed" : "progressing";
}
const failureOf = (record: ComponentRecord, phase: Judgement["phase"]): Why | null => {
  if (phase !== "failed") return null;
  return record.rejected ? whyOf(record.rejected) : unhealthy;
};

/**
 * How far a component has come, and what that means for it. A release that never served is given up when an instance of it cannot start,
 * ends `endsMax` times before it was ever ready, or is not healthy in time; then what served before is the goal again. Without such the release
 * stays the goal, in the phase `failed`, until it gets healthy after all.
 */
export function judge(facts: RolloutFacts): Judgement {
  const { record, revision, settledRevision, controller } = facts;
  const goal = goalOf(record);
  if (!isRunning(goal)) return stopping(facts);
  if (runsToEnd(goal)) return running(facts, controller);
  const gaveUp = goal !== record.workload;
  const counts = countsOf(facts, goal, gaveUp ? settledRevision : revision);
  const { good, wanted, ready, leaving } = counts;
  const isUnproven = !gaveUp && (settledRevision !== revision || record.rejected !== null);
  const steadyAt = isUnproven ? steadyAtOf(good, goal) : 0;
  const isServing = controller?.current === true && ready >= wanted && facts.now >= steadyAt;
  const unready = good.filter((pod) => !isReady(pod));
  const { reject, ...soon } = rejectionOf(facts, unready, goal.configuration.health.startSeconds);
  const isTrial = !gaveUp && record.rejected === null && settledRevision !== revision;
  const wakeAt = facts.now < steadyAt ? Math.min(steadyAt, soon.wakeAt ?? steadyAt) : soon.wakeAt;
  const promote = isServing && isUnproven;
  const standing = { ...counts, isServing, gaveUp, isTrial, reject, promote };
  const phase = phaseOf(standing, record, goal);
  return {
    phase,
    progress: {
      running: true,
      wanted,
      prepared: good.filter((pod) => (appOf(pod)?.imageID ?? "") !== "").length,
      started: good.filter((pod) => firstStartOf(pod) !== null).length,
      ready,
      leaving,
      failure: failureOf(record, phase),
    },
    promote,
    reject: isTrial && !isServing ? reject : null,
    wakeAt,
  };
}

function stopping({ pods, controller }: RolloutFacts): Judgement {
  const left = pods.filter(({ pod }) => !isOver(pod) && !isGone(pod)).length;
  const isStopped = left === 0 && controller?.current !== false;
  return {
    phase: isStopped ? "settled" : "progressing",
    progress: { running: false, wanted: 0, prepared: 0, started: 0, ready: 0, leaving: left, failure: null },
    promote: false,
    reject: null,
    wakeAt: null,
  };
}

/** A job: it has served when it has ended well. */
function running({ record, revision, pods, controller }: RolloutFacts, job: Controller | null): Judgement {
  const mine = pods.filter((p) => p.revision === revision).map(({ pod }) => pod);
  const isDone = job?.outcome === "succeeded";
  const isFailed = job?.outcome === "failed";
  const began = mine.filter((pod) => firstStartOf(pod) !== null).length;
  return {
    phase: isDone ? "settled" : isFailed ? "failed" : "progressing",
    progress: {
      running: true,
      wanted: 1,
      prepared: isDone ? 1 : Math.min(1, began),
      started: isDone ? 1 : Math.min(1, began),
      ready: isDone ? 1 : 0,
      leaving: pods.filter((p) => p.revision !== revision && !isOver(p.pod) && !isGone(p.pod)).length,
      failure: isFailed ? { code: "job.failed", message: "It ended with an error." } : null,
    },
    promote: isDone && controller !== null && record.settled?.generation !== record.workload.generation,
    reject: null,
    wakeAt: null,
  };
}
