import { type ClientRequest, type IncomingMessage, request as httpRequest, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { pipeline } from "node:stream";
import { type Caller, requestHeaders, responseHeaders } from "../../shared/domain/gateway/header.ts";
import type { BackendPool, Upstream } from "./backends.ts";
import { connectMs } from "./reach.ts";

/**
 * How one try ended. `again`: nobody has seen the request, or seeing it twice does no harm. `stale`: the same, because the kept-alive
 * connection had been closed; the place itself may well answer.
 */
export type Outcome = "answered" | "stale" | "again" | "unreachable" | "slow" | "gone";

/** How long an application may think before the first byte of its answer. Longer than any timeout that applications usually have. */
const answerMs = 300_000;
/** Whether anybody is there at all is found out when nothing has come for so long. */
const doubtMs = 2_500;
/** A request that makes one instance after the other hang up is not taken to all of them. */
const resetsMax = 2;

const idempotent = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);
const hasBody = (request: IncomingMessage): boolean =>
  request.headers["transfer-encoding"] !== undefined || (request.headers["content-length"] ?? "0") !== "0";

/** May be sent again although it may have been received: repeating it changes nothing, and there is no body that is spent. */
export const repeatable = (request: IncomingMessage): boolean => idempotent.has(request.method ?? "") && !hasBody(request);

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly caller: Caller;
  /** Kept-alive connections are not to be trusted any more. */
  fresh: boolean;
  /** Tries that ended with a connection reset so far. */
  resets: number;
}

/** Resolves once the connection stands: until then nothing of the body is taken from the client. */
function connected(upstream: ClientRequest): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  upstream.once("socket", (socket: Socket) => (socket.connecting ? socket.once("connect", resolve) : resolve()));
  return promise;
}

function answer(exchange: Exchange, from: IncomingMessage): void {
  const { response } = exchange;
  response.sendDate = false;
  response.writeHead(from.statusCode ?? 502, from.statusMessage ?? "", responseHeaders(from.rawHeaders));
  // A stream of events may say nothing for long after its headers.
  setImmediate(() => response.destroyed || response.flushHeaders());
  // An answer that breaks off breaks the client's connection too (pipeline destroys it): it must not look whole.
  pipeline(from, response, () => undefined);
}

function send(exchange: Exchange, to: Upstream): ClientRequest {
  const { request, caller } = exchange;
  const headers = requestHeaders(request.rawHeaders, caller, { chunked: request.headers["transfer-encoding"] !== undefined });
  // A kept-alive connection may be closed just as it is used again: only what can be repeated travels on one.
  const agent = repeatable(request) && !exchange.fresh ? to.agent : false;
  return httpRequest({
    host: to.host,
    port: to.hostPort,
    method: request.method ?? "GET",
    path: request.url ?? "/",
    headers,
    agent,
    setHost: false,
    timeout: answerMs,
  });
}

/** A kept-alive connection was closed: the place itself may answer, unless nothing is heard from there. */
const afterKept = (to: Upstream): Outcome => (to.silent ? "again" : "stale");
const afterReset = (exchange: Exchange): Outcome =>
  repeatable(exchange.request) && exchange.resets++ < resetsMax ? "again" : "unreachable";

/** Tries one place. While this is `again`, the client has seen nothing and its body is untouched. */
export function forward(exchange: Exchange, to: Upstream, pool: BackendPool): Promise<Outcome> {
  const { request, response } = exchange;
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const upstream = send(exchange, to);
  const leave = pool.enter(to);
  let stands = false;
  let slow = false;
  const hungUp = () => upstream.destroy();
  const unheard = setTimeout(() => {
    pool.suspect(to);
    upstream.destroy();
  }, connectMs);
  let doubt: NodeJS.Timeout | undefined;
  const heard = () => {
    clearTimeout(unheard);
    clearTimeout(doubt);
  };
  const over = (outcome: Outcome) => {
    heard();
    response.off("close", hungUp);
    to.requests.delete(hungUp);
    leave();
    resolve(outcome);
  };

  response.once("close", hungUp);
  to.requests.add(hungUp);
  upstream.on("timeout", () => {
    slow = true;
    upstream.destroy();
  });
  upstream.on("error", () => {
    if (response.headersSent || response.destroyed) return over(response.headersSent ? "answered" : "gone");
    if (slow) return over("slow");
    if (!stands) return over("again");
    over(upstream.reusedSocket ? afterKept(to) : afterReset(exchange));
  });
  upstream.on("response", (from) => {
    heard();
    try {
      answer(exchange, from);
      upstream.setTimeout(0);
      response.once("close", () => over("answered"));
    } catch {
      // Its headers cannot be passed on (a name or value no client may see): that is no answer.
      upstream.destroy();
      over("unreachable");
    }
  });
  // It begins to speak another protocol, which nobody asked it for: that is no answer either.
  upstream.on("upgrade", (_, socket) => {
    socket.destroy();
    over("unreachable");
  });
  void connected(upstream).then(() => {
    stands = true;
    heard();
    doubt = setTimeout(() => pool.suspect(to), doubtMs);
    if (hasBody(request)) pipeline(request, upstream, () => undefined);
    else upstream.end();
  });
  return promise;
}
