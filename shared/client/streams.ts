import { isFault } from "../base/fault.ts";
import { backoffMs } from "../base/retry.ts";
import { type ClientFrame, type ErrorFrame, ServerFrame, type StreamData } from "../contract/stream.ts";
import { type Pending, pendingInputs } from "./terminal-input.ts";

/** What a browser's WebSocket, Node's global one and the package `ws` have in common. */
export interface SocketLike {
  send(data: string): void;
  close(code?: number, reason?: string): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
}

/** connecting → open → (waiting → connecting → open)* → closed. `waiting`: the connection broke, another try comes in `retryInMs`. */
export interface StreamState {
  readonly state: "connecting" | "open" | "waiting" | "closed";
  readonly retryInMs?: number;
  readonly error?: unknown;
}

/** See ClientFrame `subscribe` in contract/stream.ts for what each means. */
export interface SubscribeOptions {
  readonly after?: number;
  readonly tail?: number;
  readonly before?: number;
  readonly search?: string;
  /** Default true. */
  readonly follow?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface StreamHandlers {
  /** Each thing once, in order, over all reconnects. */
  onData(data: StreamData, sequence: number): void;
  /** `resumed: false` on a snapshot or team channel: fetch the whole again, then trust what follows. */
  onSubscribed?(subscribed: { readonly resumed: boolean }): void;
  onGap?(gap: { readonly from: number; readonly to: number; readonly reason: string; readonly code?: string | undefined }): void;
  /** Some of what was typed has arrived; so many inputs are still on their way. */
  onTyped?(unconfirmed: number): void;
  /** All that was stored has come. */
  onCaughtUp?(sequence: number): void;
  /** No more comes: the log was read to its end, the build ended, the program on the terminal exited. */
  onEnded?(ended: {
    readonly reason: string;
    readonly code?: string | undefined;
    readonly exitCode?: number | null | undefined;
  }): void;
  /** The server refused this subscription; it is over. */
  onError?(error: ErrorFrame): void;
}

export interface Subscription {
  unsubscribe(): void;
  /** Types into a terminal. What is typed while the connection is down arrives once, in order, when it is back. */
  input(data: string): void;
  resize(columns: number, rows: number): void;
}

export interface Stream {
  subscribe(channel: string, options: SubscribeOptions, handlers: StreamHandlers): Subscription;
  close(): void;
}

export interface StreamOptions {
  /**
   * Asked before every connection, so that each has a new ticket. A Fault that trying again cannot mend (invalid,
   * unauthenticated, forbidden, not_found) closes the stream; anything else is tried again.
   */
  readonly url: () => Promise<string>;
  /** `(url) => new WebSocket(url)`, or with the headers that a command line needs. */
  readonly connect: (url: string) => SocketLike;
  readonly onState?: (state: StreamState) => void;
}

interface Live {
  readonly id: string;
  readonly options: SubscribeOptions;
  readonly handlers: StreamHandlers;
  readonly inputs: Pending;
  channel: string;
  /** Sequence of the newest thing handed on. */
  last: number | undefined;
  size: { columns: number; rows: number } | undefined;
}

const retry = { baseMs: 250, maxMs: 15_000 };
/** API Gateway cuts a WebSocket after 10 idle minutes; a dead network is noticed after two of these. */
const pingMs = 25_000;
const hopeless = ["invalid", "unauthenticated", "forbidden", "not_found"] as const;

const subscribeFrame = (s: Live): ClientFrame => {
  const { tail, before, after, follow = true, columns, rows, search } = s.options;
  const position =
    s.last === undefined
      ? {
          ...(after === undefined ? {} : { after }),
          ...(tail === undefined ? {} : { tail }),
          ...(before === undefined ? {} : { before }),
        }
      : { after: s.last };
  const size = s.size ?? (columns && rows ? { columns, rows } : {});
  return {
    type: "subscribe",
    id: s.id,
    channel: s.channel,
    follow,
    ...position,
    ...(search === undefined ? {} : { search }),
    ...size,
  };
};

/** undefined: not JSON, which no server of ours sends. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Hands on what is newer than what was handed on before. */
function take(s: Live, frame: Extract<ServerFrame, { type: "data" }>): void {
  const seen = s.last ?? 0;
  if (frame.data.kind !== "lines") {
    // Notices come side by side: each counts, whatever its place.
    const isOld = s.last !== undefined && frame.sequence <= seen;
    if (isOld && frame.data.kind !== "changed") return;
    s.last = Math.max(seen, frame.sequence);
    s.handlers.onData(frame.data, frame.sequence);
    return;
  }
  const lines = frame.data.lines.filter((line) => line.sequence > seen);
  const newest = lines.at(-1);
  if (newest === undefined) return;
  s.last = Math.max(frame.sequence, newest.sequence);
  s.handlers.onData({ kind: "lines", lines }, s.last);
}

/**
 * One connection to a stream endpoint (the cloud's `/v1/realtime` or a data center's `/-/streams`), kept up with back-off. Every
 * subscription goes on from its last sequence number, so its handlers see each thing once and in order whatever the network does.
 *
 *     const stream = openStream({ url: async () => `${origin}/v1/realtime?team=${team}`, connect: (url) => new WebSocket(url) });
 *     const log = stream.subscribe(`build-log/${build}`, { after: 0 }, { onData: (data) => data.kind === "lines" && show(data.lines) });
 *
 * A runtime log or a terminal has its own ticket, hence its own stream: make the ticket in `url` (`${url}?ticket=${ticket}`), subscribe
 * to `log/<component>` or `terminal/<component>`.
 */
export function openStream(options: StreamOptions): Stream {
  const live = new Map<string, Live>();
  let socket: SocketLike | undefined;
  let open = false;
  let closed = false;
  let failures = 0;
  let count = 0;
  let heard = true;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const say = (state: StreamState) => options.onState?.(state);
  const send = (frame: ClientFrame) => {
    if (open) socket?.send(JSON.stringify(frame));
  };

  const announce = (s: Live) => {
    send(subscribeFrame(s));
  };
  const end = (s: Live) => live.delete(s.id);

  const subscribed = (s: Live, frame: Extract<ServerFrame, { type: "subscribed" }>) => {
    if (frame.channel !== undefined) s.channel = frame.channel;
    // The server counts anew: what it numbers from here on is new, whatever the number.
    if (!frame.resumed) s.last = undefined;
    if (s.size !== undefined) send({ type: "resize", id: s.id, ...s.size });
    for (const input of s.inputs.unconfirmed()) send({ type: "input", id: s.id, ...input });
    s.handlers.onSubscribed?.({ resumed: frame.resumed });
  };

  const receive = (s: Live, frame: Extract<ServerFrame, { id: string | null }>): void => {
    switch (frame.type) {
      case "subscribed":
        subscribed(s, frame);
        break;
      case "data":
        take(s, frame);
        break;
      case "gap":
        s.last = Math.max(s.last ?? 0, frame.to);
        s.handlers.onGap?.(frame);
        break;
      case "caught-up":
        s.last = Math.max(s.last ?? 0, frame.sequence);
        s.handlers.onCaughtUp?.(frame.sequence);
        break;
      case "typed":
        s.inputs.confirm(frame.sequence);
        s.handlers.onTyped?.(s.inputs.unconfirmed().length);
        break;
      case "ended":
        end(s);
        s.handlers.onEnded?.(frame);
        break;
      case "error":
        end(s);
        s.handlers.onError?.(frame);
        break;
    }
  };

  const heardFrame = (mine: SocketLike, text: unknown) => {
    if (socket !== mine) return;
    heard = true;
    const parsed = ServerFrame.safeParse(parsedJson(String(text)));
    // A newer server may say things this client has no word for.
    if (!parsed.success || !("id" in parsed.data) || parsed.data.id === null) return;
    const s = live.get(parsed.data.id);
    if (s !== undefined) receive(s, parsed.data);
  };

  const close = (state: StreamState) => {
    closed = true;
    open = false;
    clearTimeout(timer);
    socket?.close(1000);
    socket = undefined;
    say(state);
  };

  const tryAgain = (error?: unknown) => {
    if (closed) return;
    if (hopeless.some((code) => isFault(error, code))) return close({ state: "closed", error });
    failures++;
    // At least a tenth of a second, so that a server that hangs up at once is not hammered.
    const retryInMs = 100 + backoffMs(failures, retry, Math.random());
    say({ state: "waiting", retryInMs, ...(error === undefined ? {} : { error }) });
    clearTimeout(timer);
    timer = setTimeout(connect, retryInMs);
  };

  const beat = (mine: SocketLike) => {
    if (socket !== mine) return;
    if (!heard) return lost(mine);
    heard = false;
    send({ type: "ping" });
    timer = setTimeout(() => beat(mine), pingMs);
  };

  const lost = (mine: SocketLike, error?: unknown) => {
    if (socket !== mine) return;
    socket = undefined;
    open = false;
    clearTimeout(timer);
    mine.close();
    tryAgain(error);
  };

  const opened = (mine: SocketLike) => {
    if (socket !== mine) return;
    open = true;
    heard = true;
    failures = 0;
    say({ state: "open" });
    for (const s of live.values()) announce(s);
    timer = setTimeout(() => beat(mine), pingMs);
  };

  const connect = () => {
    say({ state: "connecting" });
    options
      .url()
      .then((url) => {
        if (closed) return;
        const mine = options.connect(url);
        socket = mine;
        mine.onopen = () => opened(mine);
        mine.onmessage = (event: { data: unknown }) => heardFrame(mine, event.data);
        mine.onerror = (event: { error?: unknown }) => lost(mine, event.error);
        mine.onclose = () => lost(mine);
      })
      .catch(tryAgain);
  };

  connect();
  return {
    subscribe(channel, subscribeOptions, handlers) {
      const s: Live = {
        id: `s${++count}`,
        options: subscribeOptions,
        handlers,
        inputs: pendingInputs(),
        channel,
        last: undefined,
        size: undefined,
      };
      live.set(s.id, s);
      announce(s);
      return {
        unsubscribe() {
          if (end(s)) send({ type: "unsubscribe", id: s.id });
        },
        input(data) {
          for (const input of s.inputs.add(data)) send({ type: "input", id: s.id, ...input });
        },
        resize(columns, rows) {
          s.size = { columns, rows };
          send({ type: "resize", id: s.id, columns, rows });
        },
      };
    },
    close: () => close({ state: "closed" }),
  };
}
