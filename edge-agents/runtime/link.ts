import { backoffMs } from "../../shared/base/retry.ts";
import type { DesiredChange, DesiredPage } from "../../shared/contract/agent.ts";
import { ServerFrame } from "../../shared/contract/stream.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Cloud } from "./cloud.ts";
import { type Wake, wakeLatch } from "./control-loop.ts";
import type { Ledger } from "./ledger.ts";
import { limitsAfter } from "./refused.ts";
import type { Dial } from "./session/session.ts";

export interface LinkOptions {
  readonly cloud: Pick<Cloud, "desired">;
  /** Opens a session. */
  readonly dial: Dial;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly random: () => number;
  /** All the platform's agents lose their sessions at once when it goes: each comes back at a time of its own within so long. */
  readonly spreadMs: number;
  /** Called after the ledger has changed, of these components (undefined: of any). */
  readonly changed: (of?: ReadonlySet<DesiredChange["component"]>) => void;
  /** Called at every look, with all that is to be done beside what runs. */
  readonly tasks: (tasks: Pick<DesiredPage, "nodeTasks" | "buildTasks" | "checkTasks">) => void;
  /** Called with the version that an owner wants the agents to be, at every look at which there is one. */
  readonly updateAsked: (version: string, at: Date) => void;
  /** Called when the session opens (true) or is lost (false). */
  readonly session: (open: boolean) => void;
  /** Somebody looks at the data center for so long. */
  readonly watched: (ms: number) => void;
  readonly log: (fields: object, message: string) => void;
}

export interface Link {
  /** The platform's newest change, as it tells with the answer to a report: a wake-up may have been lost. */
  heard(cursor: number): void;
  /** The platform has forgotten what it told: everything is asked for. Answers false while that is still to be done. */
  relist(): boolean;
  stop(): Promise<void>;
}

interface State {
  isOpen: boolean;
  listedAt: number;
  /** This start of the agent has had everything once: from then on it is enough to hear that nothing differs. */
  isListed: boolean;
  /** The newest change that was heard of. */
  heard: number;
  /** Of these, what could not be had: it is gone, or comes with the next listing. */
  missed: number;
}
const never = Number.NEGATIVE_INFINITY;

/** What is wanted is listed anew this often, whatever was heard: it mends the ledger. */
const listMs = 24 * 3_600_000;
/** Asked for what is new this often although nobody said so: while a session stands a wake-up is hardly ever lost, and idle must cost next to nothing. */
const askMs = 12 * 3_600_000;
/** The same while no session stands. */
const pollMs = 5 * 60_000;
const retry = { baseMs: 200, maxMs: 30_000 };
const followUps = 6;

/**
 * The outbound session with the cloud plane. It brings wake-ups only; what is wanted is always pulled from the cursor on.
 * When the cloud plane is gone it tries again with jittered back-off, for as long as it takes.
 */
export function link(options: LinkOptions): Link {
  const stopping = new AbortController();
  const wake = wakeLatch();
  const state: State = { isOpen: false, listedAt: never, isListed: false, heard: 0, missed: 0 };
  const session = (open: boolean) => {
    state.isOpen = open;
    options.session(open);
  };
  const pulling = pullLoop(options, state, wake, stopping.signal);
  const heard = (cursor: number) => {
    if (cursor <= Math.max(options.ledger.cursor(), state.missed)) return;
    state.heard = Math.max(state.heard, cursor);
    wake.wake();
  };
  const listening = listenLoop({ ...options, session }, { wake: wake.wake, heard }, stopping.signal);
  return {
    heard,
    relist: () => {
      const isNews = state.listedAt !== never;
      state.listedAt = never;
      state.isListed = false;
      wake.wake();
      return isNews;
    },
    stop: async () => {
      stopping.abort();
      wake.wake();
      await Promise.all([pulling, listening]);
    },
  };
}

async function pullLoop(options: LinkOptions, state: State, wake: Wake, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; !signal.aborted; ) {
    const now = options.clock.now().getTime();
    try {
      if (now - state.listedAt >= listMs || now < state.listedAt) {
        await listing(options, state.isListed);
        state.isListed = true;
        state.listedAt = now;
      } else {
        await changes(options);
      }
      await followUp(options, state, signal);
      attempt = 0;
      await wake.rest((over) => idle(options.clock, state, AbortSignal.any([signal, over])));
    } catch (error) {
      attempt += 1;
      options.log({ error, attempt }, "desired state could not be pulled");
      await options.clock.sleep(backoffMs(attempt, limitsAfter(error, retry), options.random()), signal);
    }
  }
}

/** As long as a session stands, which would tell of news; half a day at most. */
async function idle(clock: Clock, state: State, signal: AbortSignal): Promise<void> {
  const began = clock.now().getTime();
  const isIdle = () => !signal.aborted && state.isOpen && clock.now().getTime() - began < askMs;
  do await clock.sleep(pollMs, signal);
  while (isIdle());
}

/** What is asked of the agents beside workloads. */
function orders({ tasks, updateAsked }: LinkOptions, { agentUpdate, ...page }: DesiredPage): void {
  tasks(page);
  if (agentUpdate) updateAsked(agentUpdate.version, new Date(agentUpdate.askedAt));
}

async function changes(options: LinkOptions): Promise<void> {
  const { cloud, ledger, changed } = options;
  for (let more = true; more; ) {
    const page = await cloud.desired(ledger.cursor());
    const unread = page.unread ?? [];
    await ledger.accept(page.changes, page.cursor, unread);
    if (page.changes.length + unread.length > 0) changed(new Set([...page.changes, ...unread].map((each) => each.component)));
    orders(options, page);
    more = page.more;
  }
}

/** The store's index may be a moment behind: what was heard of and did not come is asked for a few times more. */
async function followUp(options: LinkOptions, state: State, signal: AbortSignal): Promise<void> {
  const isMissing = () => options.ledger.cursor() < state.heard && state.missed < state.heard;
  for (let attempt = 1; isMissing() && attempt <= followUps && !signal.aborted; attempt++) {
    await options.clock.sleep(backoffMs(attempt, retry, options.random()), signal);
    await changes(options);
  }
  state.missed = Math.max(state.missed, state.heard);
}

async function listing(options: LinkOptions, isListed: boolean): Promise<void> {
  const { cloud, ledger, changed } = options;
  // What is unread is not kept, so it is no part of the digest: it is looked at again, as it may be understood by now.
  const digest = isListed && ledger.unread().length === 0 ? await ledger.digest() : undefined;
  const listed = new Set<string>();
  let cursor = 0;
  for (let more = true; more; ) {
    const page = await (cursor === 0 ? cloud.desired(cursor, digest) : cloud.desired(cursor));
    orders(options, page);
    if (page.same) return ledger.accept([], page.cursor);
    const unread = page.unread ?? [];
    // What is known by now is taken over at once, so that one page at a time is in memory; where we are only when it is all.
    await ledger.accept(page.changes, ledger.cursor(), unread);
    for (const { component } of [...page.changes, ...unread]) listed.add(component);
    ({ cursor, more } = page);
  }
  await ledger.keepOnly(listed, cursor);
  changed();
}

interface Hearing {
  readonly wake: () => void;
  readonly heard: (cursor: number) => void;
}

async function listenLoop(options: LinkOptions, hearing: Hearing, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; !signal.aborted; ) {
    const { opened, error } = await listenOnce(options, hearing, signal);
    attempt = opened ? 1 : attempt + 1;
    options.session(false);
    const limits = limitsAfter(error, { ...retry, baseMs: Math.max(retry.baseMs, options.spreadMs) });
    await options.clock.sleep(backoffMs(attempt, limits, options.random()), signal);
  }
}

/** One session from its opening to its end; answers whether it had opened, and what went wrong. */
async function listenOnce(
  options: LinkOptions,
  hearing: Hearing,
  signal: AbortSignal,
): Promise<{ readonly opened: boolean; readonly error: unknown }> {
  let opened = false;
  const listening = {
    opened: () => {
      opened = true;
      options.session(true);
      hearing.wake(); // what changed while we were away
    },
    frame: (text: string) => onFrame(text, hearing, options),
  };
  const error = await options.dial(listening, signal).catch((failure: unknown) => failure);
  if (error !== undefined) options.log({ error }, "the session with the platform failed");
  return { opened, error };
}

function onFrame(text: string, { wake, heard }: Hearing, options: LinkOptions): void {
  try {
    const frame = ServerFrame.parse(JSON.parse(text));
    if (frame.type === "desired") heard(frame.cursor);
    if (frame.type === "watched") options.watched(frame.seconds * 1_000);
    if (frame.type === "tasks") wake();
  } catch (error) {
    options.log({ error }, "the platform sent a frame that is not understood"); // a newer cloud plane may say more than we know
  }
}
