import type { Probe } from "./machine.ts";
import type { Exit, InstanceRecord, Signal } from "./record.ts";
import { quickMs } from "./signals.ts";

/** Healthy for so long, an instance's earlier crashes are forgiven. */
const forgivenMs = 5 * 60_000;
const backoffMaxMs = 60_000;
/** A new release is tried fast, so that a person learns soon that it cannot run; what served before is restarted with patience. */
const backoffBaseMs = { trial: 250, proven: 1_000 };

/** One that ended soon after its start must live so long before a good look counts: it may answer for a moment each time, and end again. */
const steadyMs = 2_000;

type Change = Partial<InstanceRecord>;

export interface Ending {
  readonly exit: Exit;
  /** Why its process could not be started, when that is it. */
  readonly failure: Signal | null;
  readonly hopeless: boolean;
  /** Its release has not served yet. */
  readonly isTrial: boolean;
}

/** It ended, or could not be started, though it should run: it waits for its next attempt. */
export function afterEnd(record: InstanceRecord, { exit, failure, hopeless, isTrial }: Ending, now: number): Change {
  const streak = record.streak + 1;
  const waitMs = Math.min(backoffMaxMs, (isTrial ? backoffBaseMs.trial : backoffBaseMs.proven) * 2 ** Math.min(20, streak - 1));
  const isQuick = record.readySince === null || record.startedAt === null || exit.at - record.startedAt < quickMs;
  return {
    state: "waiting",
    process: null,
    startedAt: null,
    readySince: null,
    endpoints: [],
    streak,
    hopeless,
    failure,
    waitUntil: now + waitMs,
    quickExits: isQuick ? record.quickExits + 1 : 0,
    ...(failure === null ? { lastExit: exit } : {}),
  };
}

/** What a look at it changes; null: nothing. `failures`: bad looks in a row, this one included. `lifeMs`: how long it has to live before a good look counts. */
export function afterProbe(
  record: InstanceRecord,
  probe: Probe,
  seen: { failures: number; failuresMax: number; lifeMs: number; now: number },
): Change | null {
  const { state, readySince } = record;
  const moved = JSON.stringify(record.endpoints) !== JSON.stringify(probe.endpoints);
  const change: Change = moved ? { endpoints: probe.endpoints } : {};
  if (probe.healthy && isSteady(record, seen) && (state === "starting" || state === "unhealthy"))
    return { ...change, state: "ready", readySince: seen.now, everReady: true };
  if (state === "ready" && seen.failures >= seen.failuresMax) return { ...change, state: "unhealthy", readySince: null };
  const isForgiven = state === "ready" && readySince !== null && record.streak > 0 && seen.now - readySince >= forgivenMs;
  if (isForgiven) return { ...change, streak: 0, quickExits: 0 };
  return moved ? change : null;
}

function isSteady({ quickExits, startedAt }: InstanceRecord, { lifeMs, now }: { lifeMs: number; now: number }): boolean {
  const wantedMs = Math.max(lifeMs, quickExits === 0 ? 0 : steadyMs);
  return wantedMs === 0 || (startedAt !== null && now - startedAt >= wantedMs);
}
