import WebSocket, { type ClientOptions } from "ws";
import { Fault } from "../../shared/base/fault.ts";
import { backoffMs } from "../../shared/base/retry.ts";
import type { DesiredChange, UnreadChange } from "../../shared/contract/agent.ts";
import { ServerFrame } from "../../shared/contract/stream.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Cloud } from "./cloud.ts";
import { wakeLatch } from "./control-loop.ts";
import type { Ledger } from "./ledger.ts";
import { limitsAfter } from "./refused.ts";

export interface LinkOptions {
  readonly cloudUrl: string;
  readonly bearer: () => Promise<string>;
  readonly cloud: Pick<Cloud, "desired">;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly random: () => number;
  /** All the platform's agents lose their sessions at once when it goes: each comes back at a time of its own within so long. */
  readonly spreadMs: number;
  /** Opens the WebSocket; tests have one of their own. */
  readonly open?: (url: URL, options: ClientOptions) => Session;
  /** Called after the ledger has changed. */
  readonly changed: () => void;
  /** Called when the session opens (true) or is lost (false). */
  readonly session: (open: boolean) => void;
  readonly log: (fields: object, message: string) => void;
}

/** What is needed of a WebSocket. */
export type Session = Pick<WebSocket, "readyState" | "send" | "terminate" | "on">;

/** A full listing at least this often, whatever the notifications said: idle must cost next to nothing. */
const resyncMs = 5 * 60_000;
/** Below API Gateway's 10 idle minutes. */
const pingMs = 4 * 60_000;
const retry = { baseMs: 200, maxMs: 30_000 };

/**
 * The outbound session with the cloud plane. A WebSocket brings wake-ups only; what is wanted is always pulled from the cursor on.
 * When the cloud plane is gone it tries again with jittered back-off, for as long as it takes.
 */
export function link(options: LinkOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const wake = wakeLatch();
  const pulling = pullLoop(options, wake, stopping.signal);
  const listening = listenLoop(options, wake.wake, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      wake.wake();
      await Promise.all([pulling, listening]);
    },
  };
}

async function pullLoop(options: LinkOptions, wake: ReturnType<typeof wakeLatch>, signal: AbortSignal): Promise<void> {
  let listedAt = Number.NEGATIVE_INFINITY;
  for (let attempt = 0; !signal.aborted; ) {
    const now = options.clock.now().getTime();
    try {
      if (now - listedAt >= resyncMs || now < listedAt) {
        await listing(options);
        listedAt = now;
      } else {
        await changes(options);
      }
      attempt = 0;
      await rest(options.clock, wake.woken(), resyncMs, signal);
    } catch (error) {
      attempt += 1;
      options.log({ error, attempt }, "desired state could not be pulled");
      await options.clock.sleep(backoffMs(attempt, limitsAfter(error, retry), options.random()), signal);
    }
  }
}

async function rest(clock: Clock, woken: Promise<void>, ms: number, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  await Promise.race([woken, clock.sleep(ms, AbortSignal.any([signal, done.signal]))]);
  done.abort();
}

async function changes({ cloud, ledger, changed }: LinkOptions): Promise<void> {
  for (let more = true; more; ) {
    const page = await cloud.desired(ledger.cursor());
    const unread = page.unread ?? [];
    await ledger.accept(page.changes, page.cursor, unread);
    if (page.changes.length + unread.length > 0) changed();
    more = page.more;
  }
}

async function listing({ cloud, ledger, changed }: LinkOptions): Promise<void> {
  const all: DesiredChange[] = [];
  const unread: UnreadChange[] = [];
  let cursor = 0;
  for (let more = true; more; ) {
    const page = await cloud.desired(cursor);
    all.push(...page.changes);
    unread.push(...(page.unread ?? []));
    ({ cursor, more } = page);
  }
  await ledger.replace(all, cursor, unread);
  changed();
}

async function listenLoop(options: LinkOptions, wake: () => void, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; !signal.aborted; ) {
    const { opened, error } = await listenOnce(options, wake, signal);
    attempt = opened ? 1 : attempt + 1;
    options.session(false);
    const limits = limitsAfter(error, { ...retry, baseMs: Math.max(retry.baseMs, options.spreadMs) });
    await options.clock.sleep(backoffMs(attempt, limits, options.random()), signal);
  }
}

/** What the library makes of an answer that is no WebSocket. */
const refusedBy = (error: Error): unknown =>
  /response: 40[13]\b/.test(error.message)
    ? new Fault("unauthenticated", "The platform refused the agent.", { cause: error })
    : error;

/** One WebSocket from its opening to its end; answers whether it had opened, and what went wrong. */
async function listenOnce(
  options: LinkOptions,
  wake: () => void,
  signal: AbortSignal,
): Promise<{ readonly opened: boolean; readonly error: unknown }> {
  const url = new URL("/v1/realtime", options.cloudUrl);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const open = options.open ?? ((at, how) => new WebSocket(at, how));
  const socket = open(url, {
    headers: { authorization: `Bearer ${await options.bearer()}` },
    handshakeTimeout: 10_000,
    maxPayload: 64 * 1024,
  });
  const close = () => socket.terminate();
  signal.addEventListener("abort", close, { once: true });
  let opened = false;
  let failure: unknown;
  const ping = setInterval(() => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify({ type: "ping" })), pingMs);
  try {
    await new Promise<void>((ended) => {
      socket.on("open", () => {
        opened = true;
        options.session(true);
        wake(); // what changed while we were away
      });
      socket.on("message", (data) => onFrame(String(data), wake, options));
      socket.on("error", (error) => {
        failure = refusedBy(error);
        options.log({ error }, "the session with the platform failed");
      });
      socket.on("close", () => ended());
    });
  } finally {
    clearInterval(ping);
    signal.removeEventListener("abort", close);
  }
  return { opened, error: failure };
}

function onFrame(text: string, wake: () => void, options: LinkOptions): void {
  try {
    const frame = ServerFrame.parse(JSON.parse(text));
    if (frame.type === "desired" && frame.cursor > options.ledger.cursor()) wake();
  } catch (error) {
    options.log({ error }, "the platform sent a frame that is not understood"); // a newer cloud plane may say more than we know
  }
}
