import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { Fault } from "../../shared/base/fault.ts";
import type { Log } from "../../shared/control/core.ts";
import { refuseUpgrade } from "./refuse-upgrade.ts";

/** A part of the platform that answers some requests of its one address. */
export interface HttpPart {
  serves(request: IncomingMessage): boolean;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/**
 * headersMs: a client that sends its headers slower is cut (slow loris). idleMs: so is one that sends or takes nothing for so long.
 * requestMs: an upload of 2 GiB over 20 Mbit/s takes 15 minutes. headerBytes: cookies, a token and a long query fit twice.
 */
const limits = { headersMs: 20_000, idleMs: 120_000, requestMs: 30 * 60_000, keepAliveMs: 65_000, headerBytes: 32 * 1024 };

export interface ListeningServer {
  readonly port: number;
  /** Takes no new requests, lets those under way end for at most `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** The first part that serves a request answers it. @throws Fault `conflict` when the port is taken. */
export async function listen({
  host,
  port,
  parts,
  log,
}: {
  host: string;
  port: number;
  parts: readonly HttpPart[];
  log: Log;
}): Promise<ListeningServer> {
  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    maxHeaderSize: limits.headerBytes,
  });
  server.timeout = limits.idleMs;
  server.on("request", (request, response) => void answer(parts, request, response, log));
  server.on("upgrade", (request, socket, head) => upgrade(parts, request, socket, head, log));
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (error.code === "ECONNRESET" || !socket.writable) return socket.destroy();
    socket.end(
      `HTTP/1.1 ${error.code === "HPE_HEADER_OVERFLOW" ? "431 Request Header Fields Too Large" : "400 Bad Request"}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
    );
  });
  await bind(server, host, port);
  return { port: (server.address() as AddressInfo).port, stop: (graceMs) => stop(server, graceMs) };
}

async function answer(parts: readonly HttpPart[], request: IncomingMessage, response: ServerResponse, log: Log): Promise<void> {
  try {
    const part = parts.find((one) => one.serves(request));
    if (part) await part.handle(request, response);
    else response.writeHead(404, { "content-length": 0 }).end();
  } catch (error) {
    log.error({ method: request.method, url: request.url, error }, "a request failed");
    if (response.headersSent) response.destroy();
    else response.writeHead(500, { "content-length": 0 }).end();
  }
}

function upgrade(parts: readonly HttpPart[], request: IncomingMessage, socket: Duplex, head: Buffer, log: Log): void {
  // Node has taken its own listener away: without one, a client that breaks off would end the platform.
  socket.on("error", () => socket.destroy());
  const part = parts.find((one) => one.upgrade && one.serves(request));
  if (!part?.upgrade) return void refuseUpgrade(socket, "404 Not Found");
  try {
    part.upgrade(request, socket, head);
  } catch (error) {
    log.error({ url: request.url, error }, "a connection could not be opened");
    socket.destroy();
  }
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" || error.code === "EACCES" ? portTaken(port, error) : error),
    );
    server.listen(port, host, () => resolve());
  });
}

const portTaken = (port: number, cause: NodeJS.ErrnoException): Fault =>
  new Fault(
    "conflict",
    cause.code === "EACCES" ? `Port ${port} needs rights that we do not have.` : `Port ${port} is taken by another program.`,
    {
      next: "Stop that program, or choose another port: PLUVIA_PORT=7080 npm start. The next port is used too, for the applications.",
      cause,
    },
  );

/** How often connections are closed whose last request has ended since. */
const sweepMs = 50;

function stop(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), graceMs);
    const sweep = setInterval(() => server.closeIdleConnections(), sweepMs);
    server.close(() => {
      clearTimeout(force);
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
  });
}
