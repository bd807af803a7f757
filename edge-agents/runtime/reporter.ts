import { backoffMs } from "../../shared/base/retry.ts";
import type { AgentReport, Observation } from "../../shared/contract/agent.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type * as z from "zod";
import { wakeLatch } from "./control-loop.ts";
import { limitsAfter } from "./refused.ts";

type Report = z.infer<typeof AgentReport>;

export interface Reporter {
  /** Takes over what is true now; only what differs from what was told is sent. */
  observed(observations: readonly Unnumbered[]): void;
  /** Tells everything again: after a new session, as the cloud plane may be another one. */
  repeat(): void;
  stop(): Promise<void>;
}

export interface ReporterOptions {
  readonly report: (report: Report) => Promise<unknown>;
  /** What the data center has and can do; sent with a repeat and every `factsMs`. */
  readonly facts: () => Promise<Omit<Report, "version" | "observations">>;
  readonly clock: Clock;
  readonly random: () => number;
  /** Of this start of the agent; makes sequence numbers grow across restarts. */
  readonly epoch: number;
  readonly log: (fields: object, message: string) => void;
}

const factsMs = 60_000;
const batch = 50;
const retry = { baseMs: 100, maxMs: 15_000 };
/** More reports than one start of an agent can make. */
const perEpoch = 1_000_000_000;

type Unnumbered = Omit<Observation, "sequence" | "at">;

const isMeasured = (usage: number | null): boolean => usage !== null;
/**
 * What is worth a report at once. That an instance has been measured is; how much it uses changes all the time, and goes along with the next report.
 */
const newsOf = (o: Unnumbered): string =>
  JSON.stringify({
    ...o,
    instances: o.instances.map((i) => ({
      ...i,
      memoryBytes: isMeasured(i.memoryBytes),
      cpuMillis: isMeasured(i.cpuMillis),
    })),
  });

/** Sends the newest observation of each component until the cloud plane has it. An observation overtaken by a newer one is never sent. */
export function reporter(options: ReporterOptions): Reporter {
  const latest = new Map<string, Unnumbered>();
  const told = new Map<string, string>();
  const wake = wakeLatch();
  const stopping = new AbortController();
  let count = 0;
  let factsAt = Number.NEGATIVE_INFINITY;

  const pending = () => [...latest].filter(([component, o]) => told.get(component) !== newsOf(o)).slice(0, batch);
  const sendOnce = async (): Promise<boolean> => {
    const now = options.clock.now();
    const withFacts = now.getTime() - factsAt >= factsMs;
    if (withFacts) told.clear();
    const due = pending();
    if (due.length === 0 && !withFacts) return false;
    const facts = withFacts ? await options.facts() : {};
    const observations = due.map(([, observation]) => {
      count += 1;
      return { ...observation, sequence: options.epoch * perEpoch + count, at: now.toISOString() };
    });
    await options.report({ version: 1, observations, ...facts });
    for (const [component, observation] of due) told.set(component, newsOf(observation));
    if (withFacts) factsAt = now.getTime();
    return true;
  };
  const loop = async () => {
    for (let attempt = 0; !stopping.signal.aborted; ) {
      try {
        while (await sendOnce());
        attempt = 0;
        const rested = new AbortController();
        await Promise.race([wake.woken(), options.clock.sleep(factsMs, AbortSignal.any([stopping.signal, rested.signal]))]);
        rested.abort();
      } catch (error) {
        attempt += 1;
        options.log({ error, attempt }, "the report could not be sent");
        await options.clock.sleep(backoffMs(attempt, limitsAfter(error, retry), options.random()), stopping.signal);
      }
    }
  };
  const running = loop();
  return {
    observed: (observations) => {
      const now = new Set(observations.map((o) => o.component as string));
      for (const component of latest.keys()) if (!now.has(component)) told.delete(component);
      latest.clear();
      for (const observation of observations) latest.set(observation.component, observation);
      if (pending().length > 0) wake.wake();
    },
    repeat: () => {
      told.clear();
      factsAt = Number.NEGATIVE_INFINITY;
      wake.wake();
    },
    stop: async () => {
      stopping.abort();
      wake.wake();
      await running;
    },
  };
}
