import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Server as NetServer, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { labelOf } from "../../shared/domain/gateway/route.ts";
import { type HttpParts, serveHttp } from "./http.ts";
import { closed, listenAll } from "./listen.ts";
import { isTunnel, serveUpgrade } from "./upgrade.ts";

/** Takes a WebSocket request for the platform itself. */
export type Mount = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
/** Answers a request to the platform itself. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Everything that speaks HTTP: the listener for people, and sockets handed over by internal endpoints. */
export interface Front {
  listen(hosts: readonly string[], port: number): Promise<number>;
  /** Serves a socket that came through the internal endpoint of `key`. */
  take(socket: Socket, key: string): void;
  mount(path: string, take: Mount): void;
  answer(path: string, answer: Answer): void;
  /** From now on every answer is the last one of its connection: clients come back to where others listen. */
  leave(): void;
  /** Takes no more connections, gives requests under way up to `limitMs`, then ends everything. */
  stop(limitMs: number): Promise<void>;
}

/** Application frameworks take up to 16 KiB of headers (Node, Tomcat: 8); cookies of single sign-on reach 32. */
const headerBytesMax = 32 * 1024;
/** At some 20 KB each, 200 MB. */
const connectionsMax = 10_000;
/** requestTimeout 0: a slow upload is not an attack. */
const timeouts = { headersTimeout: 60_000, requestTimeout: 0, keepAliveTimeout: 75_000 };

export function httpFront(parts: HttpParts): Front {
  const mounts = new Map<string, Mount>();
  const answers = new Map<string, Answer>();
  /** The route of a socket that came through an internal endpoint. */
  const inside = new WeakMap<Duplex, string>();
  const sockets = new Set<Socket>();
  const servers = new Set<Server>();
  let listeners: readonly NetServer[] = [];
  let leaving = false;

  // What nobody foresaw ends the one connection it is about, and is told to the operators.
  const guarded = (serving: Promise<void>, socket: Duplex) => {
    serving.catch((error: unknown) => {
      process.emitWarning(error instanceof Error ? error : String(error), { code: "GATEWAY_REQUEST" });
      socket.destroy();
    });
  };
  /** What serves the platform's own path. Under its own host a path belongs to the application, whatever it is. */
  const ownOf = <T>(own: ReadonlyMap<string, T>, asked: IncomingMessage): T | undefined => {
    const isApplication = inside.has(asked.socket) || labelOf(asked.headers.host, parts.suffixes) !== undefined;
    return isApplication ? undefined : own.get(asked.url?.split("?")[0] ?? "");
  };
  const request = (asked: IncomingMessage, response: ServerResponse) => {
    if (leaving) response.shouldKeepAlive = false;
    const own = ownOf(answers, asked);
    guarded(own ? own(asked, response) : serveHttp(parts, asked, response, inside.get(asked.socket)), asked.socket);
  };
  const upgrade = (asked: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const mounted = ownOf(mounts, asked);
    if (mounted) mounted(asked, socket, head);
    else guarded(serveUpgrade(parts, asked, socket, head, inside.get(socket)), socket);
  };
  const server = (): Server => {
    const made = createServer({ maxHeaderSize: headerBytesMax, shouldUpgradeCallback: isTunnel, ...timeouts }, request);
    made.maxConnections = connectionsMax;
    made.on("upgrade", upgrade);
    made.on("connection", (socket: Socket) => sockets.add(socket.once("close", () => sockets.delete(socket))));
    servers.add(made);
    return made;
  };
  const behind = server();

  return {
    async listen(hosts, port) {
      const listening = await listenAll(hosts, port, server);
      listeners = listening.servers;
      return listening.port;
    },
    take(socket, key) {
      inside.set(socket, key);
      behind.emit("connection", socket);
      socket.resume();
    },
    mount: (path, take) => void mounts.set(path, take),
    answer: (path, answer) => void answers.set(path, answer),
    leave() {
      leaving = true;
    },
    async stop(limitMs) {
      leaving = true;
      const ending = Promise.all(listeners.map(closed));
      for (const each of servers) each.closeIdleConnections();
      const limit = Promise.withResolvers<void>();
      const timer = setTimeout(limit.resolve, limitMs);
      await Promise.race([ending, limit.promise]);
      clearTimeout(timer);
      for (const socket of sockets) socket.destroy();
      await ending;
    },
  };
}
