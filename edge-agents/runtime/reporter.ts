import { hash } from "node:crypto";
import { backoffMs } from "../../shared/base/retry.ts";
import type { AgentReport } from "../../shared/contract/agent.ts";
import { type Facts, newsOf, newsOfFacts, type Unnumbered } from "../../shared/domain/news.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type * as z from "zod";
import { type Keys, wakeLatch } from "./control-loop.ts";
import { limitsAfter } from "./refused.ts";

type Report = z.infer<typeof AgentReport>;
type Component = Unnumbered["component"];

/** Of these components (undefined: of all), but for those that something is being done about. */
export interface About {
  readonly of: Keys<Component>;
  readonly doing: ReadonlySet<Component>;
}

export interface Reporter {
  /** Takes over what is true now of the components that this is about (all, when not told); what is news is sent. */
  observed(observations: readonly Unnumbered[], about?: About): void;
  /** Tells everything anew: the platform may not know it any more. */
  repeat(): void;
  /** Somebody looks at this data center for so long: what is used is news, too. */
  watched(ms: number): void;
  /** Whether the platform can wake us, and hears by that alone that we are there. */
  session(open: boolean): void;
  stop(): Promise<void>;
}

export interface ReporterOptions {
  readonly report: (report: Report) => Promise<unknown>;
  /** Looked at every minute for news. */
  readonly facts: () => Promise<Facts>;
  /** What takes a question to others to find out; goes along when everything is told. */
  readonly findings?: () => Promise<Facts>;
  /** traceparent of the change that an observation tells of. */
  readonly traceOf?: (o: Unnumbered) => string | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  /** Of this start of the agent; makes sequence numbers grow across restarts. */
  readonly epoch: number;
  readonly log: (fields: object, message: string) => void;
}

/** How often facts are looked at, and told while somebody looks. */
const lookMs = 60_000;
/** A session that ends is soon followed by the next; the platform waits 90 s before it takes us for gone. */
const awayMs = 25_000;
/** Mends what the platform has wrong, for whatever reason. */
const repeatMs = 24 * 3_600_000;
const batch = 50;
const retry = { baseMs: 100, maxMs: 15_000 };
/** More reports than one start of an agent can make. */
const perEpoch = 1_000_000_000;

const never = Number.NEGATIVE_INFINITY;
/** A clock that was set back counts as time gone by. */
const isWithin = (ms: number, since: number, now: number): boolean => now >= since && now - since < ms;

/** Stand for what is true: ten thousand texts would take more memory than all else. */
interface Digests {
  readonly news: string;
  readonly whole: string;
}
const digestOf = (value: object): string => hash("md5", JSON.stringify(value), "base64");

const digestsOf = (o: Unnumbered): Digests => ({ news: digestOf(newsOf(o)), whole: digestOf(o) });

/** What is true now of a component. */
interface Known {
  readonly o: Unnumbered;
  readonly is: Digests;
  /** What the cloud plane has taken for sure. */
  told: Digests | undefined;
}

/**
 * Sends the newest observation of each component until the cloud plane has it, and what is news of the data center. An observation
 * overtaken by a newer one is never sent. Everything is told at the start and once a day; every minute what is used while somebody looks, or
 * while no session shows that we are there.
 */
export function reporter(options: ReporterOptions): Reporter {
  const known = new Map<Component, Known>();
  /** Of these something may be news. */
  const touched = new Set<Component>();
  /** To be told though it is no news; true: as a mere repetition. */
  const again = new Map<Component, boolean>();
  let facts: { readonly body: Facts; readonly news: string } | undefined;
  let toldFacts: string | undefined;
  const wake = wakeLatch();
  const stopping = new AbortController();
  let count = 0;
  let [lookedAt, repeatedAt, watchedUntil] = [never, never, never];
  /** null: a session stands. */
  let closedAt: number | null = never;

  const isNews = ({ is, told }: Known): boolean => told?.news !== is.news;
  function pending(): [Component, Known][] {
    const due: [Component, Known][] = [];
    for (const component of touched) {
      const now = known.get(component);
      if (now === undefined || !(again.has(component) || isNews(now))) touched.delete(component);
      else if (due.push([component, now]) >= batch) break;
    }
    return due;
  }
  const touch = (component: Component, isRepeated: boolean): void => {
    again.set(component, isRepeated);
    touched.add(component);
  };

  const tellAgain = ({ repeats, isLive }: { readonly repeats: boolean; readonly isLive: boolean }) => {
    for (const [component, { is, told }] of known)
      if (isLive && told?.whole !== is.whole) touch(component, false);
      else if (repeats) touch(component, true);
  };
  /** Once a minute: what is to be told besides news of components. */
  const look = async (): Promise<void> => {
    const now = options.clock.now().getTime();
    if (isWithin(lookMs, lookedAt, now)) return;
    const repeats = !isWithin(repeatMs, repeatedAt, now);
    const isLive = now < watchedUntil || (closedAt !== null && now - closedAt >= awayMs);
    const found = await options.facts();
    const news = JSON.stringify(newsOfFacts(found));
    if (repeats || isLive) facts = { body: { ...found, ...(await options.findings?.()) }, news };
    else if (news !== toldFacts) facts = { body: found, news };
    tellAgain({ repeats, isLive });
    if (repeats) repeatedAt = now;
    lookedAt = now;
  };
  const sendOnce = async (): Promise<boolean> => {
    const due = pending();
    const sent = facts;
    if (due.length === 0 && !sent) return false;
    const at = options.clock.now().toISOString();
    const observations = due.map(([component, now]) => {
      count += 1;
      const repeated = again.get(component) === true && !isNews(now);
      const trace = repeated ? undefined : options.traceOf?.(now.o);
      const sequence = options.epoch * perEpoch + count;
      return { ...now.o, sequence, at, ...(repeated && { repeated }), ...(trace !== undefined && { trace }) };
    });
    // Until it has answered, nobody knows what the cloud plane has.
    for (const [, now] of due) now.told = undefined;
    await options.report({ version: 1, observations, ...sent?.body });
    for (const [component, { is }] of due) {
      const now = known.get(component);
      if (now) now.told = is;
      again.delete(component);
    }
    if (sent) toldFacts = sent.news;
    if (facts === sent) facts = undefined;
    return true;
  };
  /** What cannot be found out of the data center keeps nothing back of what runs there. Answers how often it has failed in a row. */
  const lookFrom = async (failures: number): Promise<number> => {
    try {
      await look();
      return 0;
    } catch (error) {
      options.log({ error }, "what is true of the data center could not be found out; it is looked at again");
      return failures + 1;
    }
  };
  const loop = async () => {
    for (let [attempt, unlooked] = [0, 0]; !stopping.signal.aborted; ) {
      try {
        unlooked = await lookFrom(unlooked);
        while (await sendOnce());
        const restMs = unlooked === 0 ? lookMs : backoffMs(unlooked, retry, options.random());
        attempt = 0;
        await wake.rest((over) => options.clock.sleep(restMs, AbortSignal.any([stopping.signal, over])));
      } catch (error) {
        attempt += 1;
        options.log({ error, attempt }, "the report could not be sent");
        await options.clock.sleep(backoffMs(attempt, limitsAfter(error, retry), options.random()), stopping.signal);
      }
    }
  };
  const running = loop();
  const forget = (component: Component) => {
    known.delete(component);
    again.delete(component);
  };
  const lookNow = () => {
    lookedAt = never;
    wake.wake();
  };
  return {
    observed: (observations, { of, doing } = { of: undefined, doing: new Set() }) => {
      const now = new Set(observations.map((o) => o.component));
      for (const component of of ?? [...known.keys()]) if (!now.has(component) && !doing.has(component)) forget(component);
      for (const o of observations) {
        const before = known.get(o.component);
        if (before?.o === o) continue;
        touched.add(o.component);
        known.set(o.component, { o, is: digestsOf(o), told: before?.told });
      }
      if (pending().length > 0) wake.wake();
    },
    repeat: () => {
      for (const [component, now] of known) {
        now.told = undefined;
        touched.add(component);
      }
      repeatedAt = never;
      lookNow();
    },
    watched: (ms) => {
      const wasWatched = options.clock.now().getTime() < watchedUntil;
      watchedUntil = options.clock.now().getTime() + ms;
      if (!wasWatched) lookNow();
    },
    session: (open) => {
      if (open) closedAt = null;
      else closedAt ??= options.clock.now().getTime();
    },
    stop: async () => {
      stopping.abort();
      wake.wake();
      await running;
    },
  };
}
