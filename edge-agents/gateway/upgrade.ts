import { type ClientRequest, type IncomingMessage, request as httpRequest, STATUS_CODES } from "node:http";
import { type Duplex, pipeline } from "node:stream";
import { type RawHeaders, refusal, requestHeaders, responseHeaders } from "../../shared/domain/gateway/header.ts";
import type { pageFor } from "../../shared/domain/gateway/page.ts";
import type { Upstream } from "./backends.ts";
import { type Asking, askingOf, type HttpParts, troublePage } from "./http.ts";
import { connectMs } from "./reach.ts";
import { splice } from "./splice.ts";

/** HTTP/2 in the clear is not spoken here; such a request is answered as the HTTP/1.1 that it also is (RFC 9110 §7.8). */
export const isTunnel = (request: IncomingMessage): boolean =>
  !["", "h2c"].includes(request.headers.upgrade?.toLowerCase() ?? "");

const head = (status: number, reason: string, headers: RawHeaders): string => {
  let text = `HTTP/1.1 ${status} ${reason}\r\n`;
  for (let at = 0; at + 1 < headers.length; at += 2) text += `${headers[at]}: ${headers[at + 1]}\r\n`;
  return `${text}\r\n`;
};

/** Nobody reads from here on: without this the client's end would go unnoticed, and the socket stay for good. */
const letGo = (client: Duplex): void => void client.resume();

function showTrouble(client: Duplex, page: ReturnType<typeof pageFor>): void {
  letGo(client);
  const length = String(Buffer.byteLength(page.body));
  client.end(
    head(page.status, STATUS_CODES[page.status] ?? "", [
      "Content-Type",
      page.type,
      "Content-Length",
      length,
      "Connection",
      "close",
    ]) + page.body,
  );
}

type Outcome = "again" | "over" | "unreachable" | "slow";

interface Tunnel {
  readonly request: IncomingMessage;
  readonly client: Duplex;
  readonly first: Buffer;
  readonly asking: Asking;
}

function ask(tunnel: Tunnel, to: Upstream, handshakeMs: number): ClientRequest {
  const { request, asking } = tunnel;
  const headers = requestHeaders(request.rawHeaders, asking.caller, { chunked: false, upgrade: request.headers.upgrade });
  return httpRequest({
    host: to.host,
    port: to.hostPort,
    method: request.method ?? "GET",
    path: request.url ?? "/",
    headers,
    agent: false,
    setHost: false,
    timeout: handshakeMs,
  });
}

/** The application agreed: from here on the connection is its own. */
function join(tunnel: Tunnel, to: Upstream, from: IncomingMessage, socket: Duplex, first: Buffer): Promise<void> {
  const { client } = tunnel;
  const end = () => {
    client.destroy();
    socket.destroy();
  };
  to.tunnels.add(end);
  // Connection and Upgrade belong to this answer: they are what it says.
  client.write(head(from.statusCode ?? 101, from.statusMessage ?? "", from.rawHeaders));
  if (first.length > 0) client.write(first);
  if (tunnel.first.length > 0) socket.write(tunnel.first);
  return splice(client, socket).finally(() => to.tunnels.delete(end));
}

/** The application declined: its answer goes back, and the connection ends with it. */
function decline(client: Duplex, from: IncomingMessage): void {
  client.write(
    head(from.statusCode ?? 502, from.statusMessage ?? "", [...responseHeaders(from.rawHeaders), "Connection", "close"]),
  );
  letGo(client);
  // An answer that breaks off breaks the client's connection too.
  pipeline(from, client, () => undefined);
}

function attempt(parts: HttpParts, tunnel: Tunnel, to: Upstream): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const upstream = ask(tunnel, to, parts.handshakeMs);
  const leave = parts.pool.enter(to);
  const unheard = setTimeout(() => {
    parts.pool.suspect(to);
    upstream.destroy();
  }, connectMs);
  const over = (outcome: Outcome) => {
    clearTimeout(unheard);
    tunnel.client.off("close", hungUp);
    leave();
    resolve(outcome);
  };
  const hungUp = () => {
    upstream.destroy();
    over("over");
  };
  let stands = false;
  let slow = false;
  tunnel.client.once("close", hungUp);
  upstream.on("timeout", () => {
    slow = true;
    upstream.destroy();
  });
  upstream.on("socket", (socket) =>
    socket.once("connect", () => {
      stands = true;
      clearTimeout(unheard);
    }),
  );
  upstream.on("error", () => over(slow ? "slow" : stands ? "unreachable" : "again"));
  upstream.on("response", (from) => {
    upstream.setTimeout(0);
    decline(tunnel.client, from);
    from.on("close", () => over("over"));
  });
  upstream.on("upgrade", (from, socket, first) => {
    socket.setTimeout(0);
    tunnel.client.off("close", hungUp);
    void join(tunnel, to, from, socket, first).then(() => over("over"));
  });
  upstream.end();
  return promise;
}

/** Passes a connection that wants to become something else (a WebSocket) to the first place that takes it. */
export async function serveUpgrade(
  parts: HttpParts,
  request: IncomingMessage,
  client: Duplex,
  first: Buffer,
  inside: string | undefined,
): Promise<void> {
  const asking = askingOf(request, parts.suffixes, inside);
  const refused = refusal({ headers: request.rawHeaders, url: request.url ?? "" });
  if (refused !== undefined) return showTrouble(client, troublePage("refused", request, undefined, refused));
  const next = parts.chooser.tries(asking.target, client);
  for (;;) {
    const choice = await next();
    if (client.destroyed) return;
    if ("trouble" in choice) return showTrouble(client, troublePage(choice.trouble, request, choice.entry?.route.name));
    const outcome = await attempt(parts, { request, client, first, asking }, choice.upstream);
    if (outcome === "over") return;
    if (outcome !== "again") return showTrouble(client, troublePage(outcome, request, choice.entry.route.name));
  }
}
