import { Fault } from "../../shared/base/fault.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Lease } from "../../shared/ports/lease.ts";

/** One time of leading. `token` grows with every change of leader. */
export interface Term {
  readonly token: number;
  /** Aborted when the term is over, whether by our own will or because the lease could not be renewed. */
  readonly signal: AbortSignal;
}

export interface Leadership {
  readonly leads: () => boolean;
  /** The token of the term, for every write. @throws Fault `conflict` when this replica does not lead, or not surely any more. */
  readonly token: () => number;
  /** Ends the term and gives the lease back, so that another replica leads at once. */
  stop(): Promise<void>;
}

export interface LeadershipOptions {
  readonly lease: Lease;
  readonly name: string;
  /** Of this process; a restarted one is another. */
  readonly owner: string;
  readonly ttlMs: number;
  readonly clock: Clock;
  /** Begins what only one replica may do; answers how to end it. */
  readonly lead: (term: Term) => Promise<{ stop(): Promise<void> }>;
  readonly log: (fields: object, message: string) => void;
}

/** Of the lease's time, how much is waited between renewals, and after how much a term without one is over: others may not lead before the whole. */
const renewShare = 1 / 5;
const surelyShare = 2 / 3;

interface Moment {
  readonly at: number;
  readonly monotonicMs: number;
}
const momentOf = (clock: Clock): Moment => ({ at: clock.now().getTime(), monotonicMs: clock.monotonicMs() });
/** By whichever clock more has passed: one may be set back, the other stands still while the machine sleeps. */
const msSince = (clock: Clock, before: Moment): number =>
  Math.max(clock.now().getTime() - before.at, clock.monotonicMs() - before.monotonicMs);

/** Asks for the lease for as long as the process lives. Two replicas never lead at once, whatever becomes of clocks, network and API server. */
export function leadership(options: LeadershipOptions): Leadership {
  const { lease, name, owner, ttlMs, clock, log } = options;
  const stopping = new AbortController();
  /** Of the newest term. */
  let newest = 0;
  /** Resolves when all of the term before has stopped: no other begins beside it, nor is the lease asked for, which another may have meanwhile. */
  let stopped = Promise.resolve();
  let current: { term: Term; end: AbortController; renewed: Moment; ended: Promise<void> } | undefined;
  const isSure = () =>
    current !== undefined && !current.term.signal.aborted && msSince(clock, current.renewed) < ttlMs * surelyShare;

  const begin = (token: number, renewed: Moment) => {
    const end = new AbortController();
    const term: Term = { token, signal: end.signal };
    newest = token;
    const ended = serve(term, options).finally(() => end.abort());
    current = { term, end, renewed, ended };
    log({ token, owner }, "this replica leads");
  };
  const endTerm = async (why: string) => {
    const ending = current;
    if (!ending) return;
    current = undefined;
    stopped = ending.ended;
    ending.end.abort();
    log({ token: ending.term.token, owner, why }, "this replica does not lead any more");
    await stopped;
  };
  const askOnce = async () => {
    await stopped;
    const asked = momentOf(clock);
    const token = await lease.acquire(name, owner, ttlMs);
    if (token !== undefined && current?.term.token === token) {
      current.renewed = asked;
      return;
    }
    await endTerm("another replica has the lease");
    if (token === undefined || stopping.signal.aborted) return;
    // It outlived its term. The next one is another, with a token of its own: what is written with it would be taken for older else.
    if (token === newest) return lease.release(name, owner);
    begin(token, asked);
  };
  /** Runs beside the asking, which may hang: a term ends in time whatever the API server does. */
  const watch = async () => {
    while (!stopping.signal.aborted) {
      if (current && !isSure()) await endTerm("leading failed, or the lease could not be renewed in time");
      await clock.sleep(ttlMs / 20, stopping.signal);
    }
  };
  const ask = async () => {
    while (!stopping.signal.aborted) {
      await askOnce().catch((error: unknown) => log({ error }, "the lease of the leader could not be read or renewed"));
      await clock.sleep(ttlMs * renewShare, stopping.signal);
    }
  };
  const running = Promise.all([watch(), ask()]);

  return {
    leads: isSure,
    token: () => {
      if (current && isSure()) return current.term.token;
      throw new Fault("conflict", "Another replica of the agents leads; this one changes nothing.");
    },
    stop: async () => {
      stopping.abort();
      await endTerm("it stops");
      await Promise.race([running, clock.sleep(ttlMs * renewShare)]); // an API server that hangs must not keep us
      await endTerm("it stops"); // begun by an answer that was under way
      await lease
        .release(name, owner)
        .catch((error: unknown) => log({ error }, "the lease of the leader could not be given back; it runs out by itself"));
    },
  };
}

/** From the term's beginning until all of it has stopped. */
async function serve(term: Term, { lead, log }: LeadershipOptions): Promise<void> {
  try {
    const parts = await lead(term);
    if (!term.signal.aborted) await new Promise((over) => term.signal.addEventListener("abort", over, { once: true }));
    await parts.stop();
  } catch (error) {
    log({ error, token: term.token }, "leading failed");
  }
}
