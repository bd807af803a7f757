import type { IncomingMessage, ServerResponse } from "node:http";
import { type Caller, refusal } from "../../shared/domain/gateway/header.ts";
import { pageFor, type Trouble } from "../../shared/domain/gateway/page.ts";
import { labelOf } from "../../shared/domain/gateway/route.ts";
import type { BackendPool, Upstream } from "./backends.ts";
import type { Chooser } from "./choose.ts";
import { type Exchange, forward, type Outcome } from "./forward.ts";
import type { Target } from "./table.ts";

export interface HttpParts {
  readonly pool: BackendPool;
  readonly chooser: Chooser;
  readonly suffixes: readonly string[];
  readonly handshakeMs: number;
}

/** Who asks, and for what. `inside` is the key of the route that an internal endpoint belongs to. */
export interface Asking {
  readonly caller: Caller;
  readonly target: Target;
}

export function askingOf(request: IncomingMessage, suffixes: readonly string[], inside: string | undefined): Asking {
  const host = request.headers.host ?? "";
  const caller = { address: (request.socket.remoteAddress ?? "").replace(/^::ffff:/, ""), host, outside: inside === undefined };
  return { caller, target: inside === undefined ? { label: labelOf(host, suffixes) ?? "" } : { key: inside } };
}

/** The bytes of a page, with which the connection ends. */
export const troublePage = (trouble: Trouble, request: IncomingMessage, name: string | undefined, message?: string) =>
  pageFor(trouble, {
    name,
    host: request.headers.host ?? "",
    accept: request.headers.accept,
    language: request.headers["accept-language"],
    ...(message === undefined ? {} : { message }),
  });

function showTrouble(exchange: Exchange, page: ReturnType<typeof pageFor>): void {
  const { request, response } = exchange;
  if (response.destroyed || response.headersSent) return;
  const headers: Record<string, string | number> = {
    "Content-Type": page.type,
    "Content-Length": Buffer.byteLength(page.body),
    "Cache-Control": "no-store",
  };
  if (page.retryAfterSeconds !== undefined) headers["Retry-After"] = page.retryAfterSeconds;
  // What is left of an unread body would be taken for the next request.
  if (!request.complete) headers.Connection = "close";
  response.writeHead(page.status, headers).end(request.method === "HEAD" ? undefined : page.body);
}

/** As `forward`, with a new connection where a kept-alive one turns out to be closed. */
async function forwardFresh(exchange: Exchange, to: Upstream, pool: BackendPool): Promise<Outcome> {
  const outcome = await forward(exchange, to, pool);
  if (outcome !== "stale") return outcome;
  exchange.fresh = true;
  return forward(exchange, to, pool);
}

/** Answers one request from the first place that takes it. */
export async function serveHttp(
  parts: HttpParts,
  request: IncomingMessage,
  response: ServerResponse,
  inside: string | undefined,
): Promise<void> {
  const { caller, target } = askingOf(request, parts.suffixes, inside);
  const exchange: Exchange = { request, response, caller, fresh: false, resets: 0 };
  const refused = refusal({ headers: request.rawHeaders, url: request.url ?? "" });
  if (refused !== undefined) return showTrouble(exchange, troublePage("refused", request, undefined, refused));
  const next = parts.chooser.tries(target, response);
  for (;;) {
    const choice = await next();
    if (response.destroyed) return;
    if ("trouble" in choice) return showTrouble(exchange, troublePage(choice.trouble, request, choice.entry?.route.name));
    const outcome = await forwardFresh(exchange, choice.upstream, parts.pool);
    if (outcome === "answered" || outcome === "gone") return;
    if (outcome !== "again" && outcome !== "stale")
      return showTrouble(exchange, troublePage(outcome, request, choice.entry.route.name));
  }
}
