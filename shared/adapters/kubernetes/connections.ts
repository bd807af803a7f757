import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from "node:http";
import { type ClientHttp2Session, type ClientHttp2Stream, connect as http2Connect } from "node:http2";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import { Readable } from "node:stream";
import { connect as tlsConnect, type TLSSocket } from "node:tls";
import type { Credentials } from "./access.ts";

export interface Request extends Credentials {
  readonly method: string;
  readonly url: URL;
  readonly body: string | undefined;
  readonly signal: AbortSignal | undefined;
}
export interface Answer {
  readonly status: number;
  readonly body: Readable;
}
/** Kept connections to one server. */
export interface Connections {
  /** Rejects when no answer begins. `stale` on its error: on a kept connection that the server had closed meanwhile. */
  send(request: Request): Promise<Answer>;
  /** Ends everything; what is sent later opens anew. */
  close(): void;
}

/** A call whose answer takes longer to begin is given up; an API server's own limit is 60 s. */
const answerMs = 30_000;
/** On a connection whose other end is gone nothing is ever heard: it is asked this often, and given up when it has not answered by the next time. */
const pingMs = 45_000;
/** API servers take 100 to 1,000 at once on one connection, and watches never end: another is opened before that. */
const streamsMax = 90;
/** Of what may be under way on a connection: lists are large. */
const windowBytes = 2 ** 20;

const late = (): Error => new Error(`no answer within ${answerMs} ms`);
const closedHere = (): Error => new Error("the connection was closed from here");
const asStale = (error: unknown, stale: boolean): Error =>
  Object.assign(error instanceof Error ? error : new Error(String(error)), { stale });

/** A connection with what is under way on it. */
interface Line {
  readonly session: ClientHttp2Session;
  readonly tls: Credentials["tls"];
  streams: number;
  isUsed: boolean;
}

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, "");

function secured(url: URL, tls: Credentials["tls"]): Promise<TLSSocket> {
  const host = hostOf(url);
  return new Promise((resolve, reject) => {
    const name = isIP(host) ? {} : { servername: host };
    const socket = tlsConnect({
      host,
      port: Number(url.port || 443),
      ...name,
      ...tls,
      ALPNProtocols: ["h2", "http/1.1"],
      timeout: answerMs,
    });
    socket.once("timeout", () => socket.destroy(late()));
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      socket.setTimeout(0);
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

function keepAsking(session: ClientHttp2Session): void {
  let isAnswered = true;
  const timer = setInterval(() => {
    if (session.destroyed) return clearInterval(timer);
    if (!isAnswered) return session.destroy(new Error(`the connection is dead: no answer for ${pingMs} ms`));
    isAnswered = false;
    session.ping(() => {
      isAnswered = true;
    });
  }, pingMs);
  session.on("close", () => clearInterval(timer));
}

/** Takes from now on what a stream brings: it throws away what nobody has read when it ends. Of hundreds of watches this is less than a pipeline each. */
function readFrom(stream: ClientHttp2Stream): Readable {
  const read = new Readable({
    read: () => void stream.resume(),
    destroy(error, done) {
      stream.destroy();
      done(error);
    },
  });
  // Whoever reads hears of it; there may be nobody any more.
  read.on("error", () => {});
  stream.on("data", (chunk: Buffer) => {
    if (!read.push(chunk)) stream.pause();
  });
  stream.on("end", () => read.push(null));
  stream.on("error", (error) => read.destroy(error));
  stream.on("close", () => {
    if (!stream.readableEnded) read.destroy(new Error("the connection was closed"));
  });
  return read;
}

/** HTTP/2 wherever it is spoken: hundreds of watches, logs and calls share a connection or two, each of which costs a handshake and some 100 KB. */
export function connections(): Connections {
  const lines = new Set<Line>();
  const plain = oneByOne();
  /** Whether the server speaks HTTP/2; undefined while that is not known. */
  let isMultiplexed: boolean | undefined;
  let opening: Promise<unknown> | undefined;
  let closes = 0;

  async function open(url: URL, tls: Credentials["tls"]): Promise<void> {
    const before = closes;
    const socket = await secured(url, tls);
    if (closes > before) {
      socket.destroy();
      throw closedHere();
    }
    isMultiplexed = socket.alpnProtocol === "h2";
    if (!isMultiplexed) return void socket.destroy();
    const session = http2Connect(url.origin, { createConnection: () => socket, settings: { initialWindowSize: windowBytes } });
    session.on("connect", () => session.setLocalWindowSize(windowBytes));
    const line: Line = { session, tls, streams: 0, isUsed: false };
    lines.add(line);
    // Whatever is under way on it hears of its end itself.
    session.on("error", () => {});
    session.on("close", () => lines.delete(line));
    keepAsking(session);
  }
  /** One with room for another stream, which is taken at once: many may ask for it together. undefined: the server does not speak HTTP/2. */
  async function lineFor(request: Request): Promise<Line | undefined> {
    for (;;) {
      request.signal?.throwIfAborted();
      const free = [...lines].find(
        (l) => l.tls === request.tls && l.streams < streamsMax && !l.session.closed && !l.session.destroyed,
      );
      if (free) {
        free.streams += 1;
        return free;
      }
      opening ??= open(request.url, request.tls).finally(() => {
        opening = undefined;
      });
      await opening;
      if (isMultiplexed === false) return undefined;
    }
  }
  function sendOn(line: Line, request: Request): Promise<Answer> {
    const { method, url, headers, body, signal } = request;
    return new Promise((resolve, reject) => {
      const wasUsed = line.isUsed;
      line.isUsed = true;
      const head = { ":method": method, ":path": `${url.pathname}${url.search}`, ...headers };
      const stream: ClientHttp2Stream = line.session.request(head, { endStream: body === undefined, ...(signal && { signal }) });
      const timer = setTimeout(() => stream.destroy(late()), answerMs);
      stream.on("close", () => {
        clearTimeout(timer);
        line.streams -= 1;
        reject(asStale(new Error("the connection was closed"), wasUsed));
      });
      stream.on("error", (error) => reject(asStale(error, wasUsed)));
      stream.on("response", (answer) => {
        clearTimeout(timer);
        resolve({ status: Number(answer[":status"]), body: readFrom(stream) });
      });
      if (body !== undefined) stream.end(body);
    });
  }
  return {
    async send(request) {
      if (request.url.protocol === "http:" || isMultiplexed === false) return plain.send(request);
      const line = await lineFor(request);
      return line ? sendOn(line, request) : plain.send(request);
    },
    close() {
      closes += 1;
      for (const { session } of lines) session.destroy(closedHere());
      lines.clear();
      plain.close();
    },
  };
}

/** HTTP/1.1: a connection for each answer that is under way. */
function oneByOne(): Connections {
  const agents = new Map<Credentials["tls"], HttpAgent>();
  const agentFor = ({ url, tls }: Request): HttpAgent => {
    const known =
      agents.get(tls) ??
      (url.protocol === "https:" ? new HttpsAgent({ ...tls, keepAlive: true }) : new HttpAgent({ keepAlive: true }));
    agents.set(tls, known);
    return known;
  };
  const open = new Set<{ destroy(error?: Error): unknown }>();
  return {
    send(request) {
      const { method, url, headers, body, signal } = request;
      const make = url.protocol === "https:" ? httpsRequest : httpRequest;
      return new Promise((resolve, reject) => {
        const sent = make(url, { method, headers, agent: agentFor(request), ...(signal && { signal }) });
        open.add(sent);
        const timer = setTimeout(() => sent.destroy(late()), answerMs);
        sent.on("close", () => {
          open.delete(sent);
          clearTimeout(timer);
        });
        sent.on("response", (answer: IncomingMessage) => {
          clearTimeout(timer);
          resolve({ status: answer.statusCode ?? 0, body: answer });
        });
        sent.on("error", (error) => reject(asStale(error, sent.reusedSocket)));
        sent.end(body);
      });
    },
    close() {
      for (const each of open) each.destroy();
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}
