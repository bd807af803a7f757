import type { InstanceState } from "../../../contract/component.ts";

/** What one revision of a component asks for. A revision is all that an instance is made of: two with the same one are interchangeable. */
export interface Target {
  readonly revision: string;
  readonly replicas: number;
  /** How long an instance may take from its first start to its first healthy answer. */
  readonly startMs: number;
  readonly graceMs: number;
  /** What only one instance can have is handed over: the old one ends before the new one starts. */
  readonly handover: boolean;
}

/** What the plan knows of an instance. Times are ms since the epoch. */
export interface InstanceFacts {
  readonly id: string;
  readonly revision: string;
  readonly state: InstanceState;
  readonly createdAt: number;
  /** When its first process was started; null while it is being prepared. */
  readonly firstStartedAt: number | null;
  /** When it entered its state. */
  readonly since: number;
  /** Since when it has been without a break what it should be: ready. */
  readonly everReady: boolean;
  readonly waitUntil: number | null;
  /** Ends in a row that came soon after the start. */
  readonly quickExits: number;
  /** It can never start, whatever is tried. */
  readonly hopeless: boolean;
  readonly drained: boolean;
  /** SIGKILL was sent: only its end is awaited. */
  readonly killed: boolean;
}

export interface RolloutFacts {
  /** null: nothing is wanted. */
  readonly target: Target | null;
  /** What served last and can serve again: of another revision than the target, or null. */
  readonly fallback: Target | null;
  /** The target's revision has served before: it is not given up for an older one. */
  readonly proven: boolean;
  /** The target was given up. */
  readonly rejected: boolean;
  readonly instances: readonly InstanceFacts[];
  readonly now: number;
  /** Of those that end because nothing is wanted. */
  readonly graceMs: number;
}

export type Step =
  | { readonly kind: "create"; readonly revision: string }
  | { readonly kind: "restart"; readonly instance: string }
  | { readonly kind: "drain"; readonly instance: string }
  /** Ask it to end (SIGTERM). */
  | { readonly kind: "stop"; readonly instance: string }
  | { readonly kind: "kill"; readonly instance: string }
  | { readonly kind: "forget"; readonly instance: string }
  | { readonly kind: "reject"; readonly instance: string; readonly reason: "hopeless" | "exits" | "deadline" }
  /** The target serves as wanted: from now on it is what a later release falls back to. */
  | { readonly kind: "promote" };

export interface RolloutPlan {
  readonly steps: readonly Step[];
  readonly phase: "progressing" | "settled" | "failed";
  /** When to plan again though nothing happens; null: only when something does. */
  readonly wakeAt: number | null;
}

/** Ends soon after the start, in a row, before a release is given up. With the back-off of a rollout this takes about 4 s. */
export const quickExitsMax = 5;

/** Unhealthy for so long, an instance is replaced. */
const unhealthyMaxMs = 30_000;
const wornAt = (i: InstanceFacts, goal: Target): number => i.since + Math.max(unhealthyMaxMs, goal.startMs);
const isWorn = (i: InstanceFacts, goal: Target, now: number): boolean => i.state === "unhealthy" && now >= wornAt(i, goal);

const leaving = (i: InstanceFacts): boolean => i.state === "draining" || i.state === "stopping" || i.state === "exited";
const isReady = (i: InstanceFacts): boolean => i.state === "ready";
/** Up to a quarter more than wanted while a rollout is under way, at least one. */
const surgeOf = (replicas: number): number => Math.max(1, Math.ceil(replicas / 4));

const newestFirst = (a: InstanceFacts, b: InstanceFacts): number => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1);

/** An instance on its way out: what is due next for it. */
function leave(i: InstanceFacts, graceMs: number, now: number): { step?: Step; wakeAt?: number } {
  if (i.state === "exited") return { step: { kind: "forget", instance: i.id } };
  if (i.state === "draining") return i.drained ? { step: { kind: "stop", instance: i.id } } : {};
  if (i.killed) return {};
  const due = i.since + graceMs;
  return now >= due ? { step: { kind: "kill", instance: i.id } } : { wakeAt: due };
}

/** Takes a living instance out: through draining when it has traffic, at once when it has none. */
function discard(i: InstanceFacts): Step {
  if (isReady(i)) return { kind: "drain", instance: i.id };
  return i.state === "waiting" ? { kind: "forget", instance: i.id } : { kind: "stop", instance: i.id };
}

type Rejection = Extract<Step, { kind: "reject" }>;
/** Why the target must be given up, if it must. */
function rejection(instances: readonly InstanceFacts[], target: Target, now: number): { step?: Rejection; wakeAt?: number } {
  let wakeAt: number | undefined;
  for (const i of instances) {
    if (i.everReady && !i.hopeless && i.quickExits < quickExitsMax) continue;
    if (i.hopeless) return { step: { kind: "reject", instance: i.id, reason: "hopeless" } };
    if (i.quickExits >= quickExitsMax) return { step: { kind: "reject", instance: i.id, reason: "exits" } };
    if (i.firstStartedAt === null) continue;
    const due = i.firstStartedAt + target.startMs;
    if (now >= due) return { step: { kind: "reject", instance: i.id, reason: "deadline" } };
    wakeAt = Math.min(wakeAt ?? due, due);
  }
  return wakeAt === undefined ? {} : { wakeAt };
}

/** New instances, as many as are missing and the surge allows. */
function creations(goal: Target, good: number, living: number, others: number): Step[] {
  if (goal.handover && others > 0) return [];
  const room = goal.replicas + surgeOf(goal.replicas) - living;
  const count = Math.max(0, Math.min(goal.replicas - good, room));
  return Array.from({ length: count }, () => ({ kind: "create", revision: goal.revision }) as const);
}

/** Which living instances to take out: never so many that fewer than wanted are ready. */
function discards(goal: Target, good: readonly InstanceFacts[], old: readonly InstanceFacts[]): Step[] {
  const surplus = Math.max(0, good.length - goal.replicas);
  const extra = [...good].sort((a, b) => Number(isReady(a)) - Number(isReady(b)) || newestFirst(a, b)).slice(0, surplus);
  const out = [...old, ...extra];
  const readyCount = [...good, ...old].filter(isReady).length;
  const spare = goal.handover ? out.length : Math.max(0, readyCount - goal.replicas);
  return [...out.filter((i) => !isReady(i)), ...out.filter(isReady).slice(0, spare)].map(discard);
}

const soonest = (times: readonly (number | undefined)[]): number | null => {
  const known = times.filter((t) => t !== undefined);
  return known.length === 0 ? null : Math.min(...known);
};

/** Settled only while enough are ready; failed when an instance of the goal has no prospect by the same rules that give up a release. */
function phaseOf(facts: RolloutFacts, goal: Target, good: readonly InstanceFacts[], others: number): RolloutPlan["phase"] {
  const gaveUp = facts.rejected && facts.target?.revision !== goal.revision;
  if (gaveUp) return "failed";
  const ready = good.filter(isReady).length;
  if (ready >= goal.replicas) return others === 0 && good.length === goal.replicas ? "settled" : "progressing";
  const hopeless =
    facts.rejected ||
    rejection(
      good.filter((i) => !isReady(i)),
      goal,
      facts.now,
    ).step !== undefined;
  return hopeless ? "failed" : "progressing";
}

/**
 * What to do next so that a component runs as wanted. Rules, in this order:
 * 1. A target that never served is given up (`reject`) when an instance of it cannot start, ends `quickExitsMax` times in a row soon after
 *    its start, or is not healthy `startMs` after its first start. Then the fallback is the goal; without one the target stays the
 *    goal, its instances being started again with back-off, in the phase `failed` until they get healthy after all.
 * 2. Missing instances of the goal are created, at most a surge of a quarter (at least 1) above what is wanted.
 * 3. One that is unhealthy for long counts as old.
 * 4. Old ones without traffic go at once; ones with traffic only as far as the ready ones outnumber what is wanted: first drained, then
 *    asked to end, then killed after their grace.
 * 5. What only one instance can have is handed over: old ones go at once, and nothing is created until none of them is left.
 */
export function plan(facts: RolloutFacts): RolloutPlan {
  const { target, instances, now } = facts;
  const goal = facts.rejected && facts.fallback ? facts.fallback : target;
  const graceMs = (goal ?? target ?? facts.fallback)?.graceMs ?? facts.graceMs;
  const goings = instances.filter(leaving).map((i) => leave(i, graceMs, now));
  const goingSteps = goings.flatMap((g) => g.step ?? []);
  const living = instances.filter((i) => !leaving(i));
  if (!goal || goal.replicas === 0) {
    const phase = instances.length === 0 ? "settled" : "progressing";
    return { steps: [...goingSteps, ...living.map(discard)], phase, wakeAt: soonest(goings.map((g) => g.wakeAt)) };
  }
  const good = living.filter((i) => i.revision === goal.revision && !isWorn(i, goal, now));
  const old = living.filter((i) => !good.includes(i));
  const trial = !facts.proven && !facts.rejected;
  const verdict = trial ? rejection(good, goal, now) : {};
  if (verdict.step) return { steps: [verdict.step], phase: "progressing", wakeAt: now };
  const due = good.filter((i) => i.state === "waiting");
  const restarts = due.filter((i) => (i.waitUntil ?? 0) <= now).map((i) => ({ kind: "restart", instance: i.id }) as const);
  const isPromoted = goal === target && good.filter(isReady).length >= goal.replicas && (!facts.proven || facts.rejected);
  const steps: Step[] = [
    ...goingSteps,
    ...(isPromoted ? [{ kind: "promote" } as const] : []),
    ...restarts,
    ...creations(goal, good.length, living.length, instances.length - good.length),
    ...discards(goal, good, old),
  ];
  const wakes = [
    ...goings.map((g) => g.wakeAt),
    verdict.wakeAt,
    ...due.map((i) => ((i.waitUntil ?? 0) > now ? (i.waitUntil ?? 0) : undefined)),
    ...(trial ? [] : unreadyDeadlines(good, goal, now)),
  ];
  return { steps, phase: phaseOf(facts, goal, good, instances.length - good.length), wakeAt: soonest(wakes) };
}

/** The phase may turn to failed at these times though nothing happens. */
const unreadyDeadlines = (good: readonly InstanceFacts[], goal: Target, now: number): number[] =>
  good.flatMap((i) => {
    const due = (i.firstStartedAt ?? now) + goal.startMs;
    return !isReady(i) && !i.everReady && due > now ? [due] : [];
  });
