import { backoffMs } from "../../shared/base/retry.ts";
import type { AgentReport, Observation } from "../../shared/contract/agent.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type * as z from "zod";
import { wakeLatch } from "./control-loop.ts";

type Report = z.infer<typeof AgentReport>;

export interface Reporter {
  /** Takes over what is true now; only what differs from what was told is sent. */
  observed(observations: readonly Omit<Observation, "sequence" | "at">[]): void;
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

/** Sends the newest observation of each component until the cloud plane has it. An observation overtaken by a newer one is never sent. */
export function reporter(options: ReporterOptions): Reporter {
  const latest = new Map<string, string>();
  const told = new Map<string, string>();
  const wake = wakeLatch();
  const stopping = new AbortController();
  let count = 0;
  let factsAt = Number.NEGATIVE_INFINITY;

  const pending = () => [...latest].filter(([component, text]) => told.get(component) !== text).slice(0, batch);
  const sendOnce = async (): Promise<boolean> => {
    const due = pending();
    const now = options.clock.now();
    const withFacts = now.getTime() - factsAt >= factsMs;
    if (due.length === 0 && !withFacts) return false;
    const facts = withFacts ? await options.facts() : {};
    const observations = due.map(([, text]) => {
      count += 1;
      return {
        ...(JSON.parse(text) as Omit<Observation, "sequence" | "at">),
        sequence: options.epoch * perEpoch + count,
        at: now.toISOString(),
      };
    });
    await options.report({ version: 1, observations, ...facts });
    for (const [component, text] of due) told.set(component, text);
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
        await options.clock.sleep(backoffMs(attempt, retry, options.random()), stopping.signal);
      }
    }
  };
  const running = loop();
  return {
    observed: (observations) => {
      const now = new Map(observations.map((o) => [o.component as string, JSON.stringify(o)]));
      for (const component of latest.keys()) if (!now.has(component)) told.delete(component);
      latest.clear();
      for (const [component, text] of now) latest.set(component, text);
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
