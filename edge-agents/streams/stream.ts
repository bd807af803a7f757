import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { Fault, faultOf } from "../../shared/base/fault.ts";
import { ClientFrame, errorFrame, type ServerFrame, type TicketClaims } from "../../shared/contract/stream.ts";
import type { Channel, Outlet, Served } from "../runtime/channel.ts";
import type { TicketGate } from "../runtime/ticket.ts";

export interface StreamServer {
  /** For a request that asks for a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Hangs up on all clients; they come back by themselves. */
  stop(): void;
}

export interface StreamServerOptions {
  readonly tickets: TicketGate;
  /** Web pages of these origins may connect; programs send no Origin. */
  readonly origins: readonly string[];
  readonly channels: Readonly<Record<TicketClaims["kind"], Channel>>;
}

/** A frame of 16,384 control characters typed at once is 98 KB of JSON. */
const frameBytesMax = 128 * 1024;
/** At once. A page shows one log and one terminal; 32 leave room. */
const subscriptionsMax = 32;
/** Each costs a socket and up to 2 MiB of unsent frames. */
const connectionsMax = 1_000;
/** Unsent bytes at which a channel waits, and below which it goes on. */
const unsentHigh = 512 * 1024;
const unsentLow = 128 * 1024;
/** All subscriptions' channels may send one frame more when it is high; what comes on top answers a client that asks and does not read. */
const unsentMax = 2 * 1024 * 1024;
const pingMs = 30_000;
/** Who lost the right to read loses the stream at the latest now; who has it comes back with a new ticket, and misses nothing. */
const connectionMsMax = 15 * 60_000;

function refuse(socket: Duplex, fault: Fault): void {
  // Unread, the client's end would go unnoticed, and the socket stay for good.
  socket.resume();
  const status =
    fault.code === "unauthenticated"
      ? "401 Unauthorized"
      : fault.code === "forbidden"
        ? "403 Forbidden"
        : "503 Service Unavailable";
  const body = JSON.stringify({
    error: { code: fault.code, message: fault.message, next: fault.next ?? "", fields: [], request: "", operation: null },
  });
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function outletOf(socket: WebSocket): Outlet {
  let waiting: (() => void)[] = [];
  const wake = () => {
    const woken = waiting;
    waiting = [];
    for (const each of woken) each();
  };
  socket.on("close", wake);
  return {
    send(frame: ServerFrame) {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > unsentMax) return socket.terminate();
      socket.send(JSON.stringify(frame), () => {
        if (socket.bufferedAmount <= unsentLow) wake();
      });
    },
    ready: () =>
      socket.bufferedAmount < unsentHigh || socket.readyState !== socket.OPEN
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push(resolve)),
  };
}

function parsed(data: unknown): ClientFrame | undefined {
  try {
    return ClientFrame.parse(JSON.parse(String(data)));
  } catch {
    // Whatever is wrong with it, the answer is the same: see "invalid" below.
    return undefined;
  }
}

/** The dialogue with one client whose ticket was good. */
function converse(socket: WebSocket, claims: TicketClaims, channels: StreamServerOptions["channels"]): void {
  const outlet = outletOf(socket);
  const served = new Map<string, Served>();
  const complain = (id: string | null, fault: Fault) => outlet.send(errorFrame(id, fault));

  const subscribe = (frame: Extract<ClientFrame, { type: "subscribe" }>) => {
    const [kind = "", key = ""] = frame.channel.split("/", 2);
    if (kind !== claims.kind)
      throw new Fault("forbidden", `This ticket does not open ${frame.channel}.`, {
        next: "Get a ticket for it.",
        reason: "ticket.other",
      });
    if (served.size >= subscriptionsMax || served.has(frame.id))
      throw new Fault("invalid", "This connection has too many subscriptions, or one of this id.", { reason: "streams.many" });
    let isOver = false;
    let subscription: Served | undefined;
    const own: Outlet = {
      ...outlet,
      send(each) {
        outlet.send(each);
        if (each.type !== "ended" && each.type !== "error") return;
        isOver = true;
        if (served.get(frame.id) === subscription) served.delete(frame.id);
      },
    };
    subscription = channels[claims.kind]({ claims, frame, key }, own);
    // It may have been over at once.
    if (!isOver) served.set(frame.id, subscription);
  };
  const leave = (id: string) => {
    const subscription = served.get(id);
    served.delete(id);
    subscription?.close("left");
  };
  const take = (frame: ClientFrame): void => {
    if (frame.type === "ping") outlet.send({ type: "pong" });
    else if (frame.type === "subscribe") subscribe(frame);
    else if (frame.type === "unsubscribe") leave(frame.id);
    else if (frame.type === "input") served.get(frame.id)?.input?.(frame.sequence, frame.data);
    else served.get(frame.id)?.resize?.(frame.columns, frame.rows);
  };

  socket.on("message", (data) => {
    const frame = parsed(data);
    if (frame === undefined)
      return complain(
        null,
        new Fault("invalid", "This is no frame of the stream protocol.", { next: "Update the client.", reason: "frame.unknown" }),
      );
    try {
      take(frame);
    } catch (error) {
      complain("id" in frame ? frame.id : null, faultOf(error));
    }
  });
  socket.on("close", () => {
    for (const subscription of served.values()) subscription.close("dropped");
    served.clear();
  });
}

/** Ends connections that are dead or old. */
function watchOver(socket: WebSocket): void {
  let alive = true;
  socket.on("pong", () => {
    alive = true;
  });
  const beat = setInterval(() => {
    if (!alive) return socket.terminate();
    alive = false;
    socket.ping();
  }, pingMs);
  const old = setTimeout(() => socket.close(4000, "connect again with a new ticket"), connectionMsMax);
  // What is wrong with a connection closes it too.
  socket.on("error", () => socket.terminate());
  socket.on("close", () => {
    clearInterval(beat);
    clearTimeout(old);
  });
}

/** The data center's stream endpoint: logs and terminals, straight from where they are. */
export function streamServer(options: StreamServerOptions): StreamServer {
  const { tickets, origins, channels } = options;
  const server = new WebSocketServer({ noServer: true, maxPayload: frameBytesMax, perMessageDeflate: false });

  const admit = (request: IncomingMessage): Promise<TicketClaims> => {
    const { origin } = request.headers;
    if (origin !== undefined && !origins.includes(origin))
      throw new Fault("forbidden", `Pages of ${origin} may not read streams.`, { reason: "page.foreign" });
    if (server.clients.size >= connectionsMax)
      throw new Fault("unavailable", "Too many streams are open.", { next: "Try again later.", reason: "streams.full" });
    return tickets.admit(new URL(request.url ?? "/", "http://streams").searchParams.get("ticket") ?? "");
  };
  const accept = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    try {
      const claims = await admit(request);
      server.handleUpgrade(request, socket, head, (client) => {
        watchOver(client);
        converse(client, claims, channels);
      });
    } catch (error) {
      refuse(socket, faultOf(error));
    }
  };
  return {
    upgrade: (request, socket, head) => void accept(request, socket, head),
    stop() {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}
