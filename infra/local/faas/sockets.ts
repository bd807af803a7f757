import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { faultOf } from "../../../shared/base/fault.ts";
import type { ServerFrame } from "../../../shared/contract/stream.ts";
import { frameBytesMax } from "../../../shared/adapters/frame-rules.ts";
import { forgetSocket, registerSocket } from "../../../shared/adapters/local/connections.ts";
import type { Log } from "../../../shared/control/core.ts";
import type { FunctionConfig } from "./config.ts";
import { refuseUpgrade } from "../refuse-upgrade.ts";
import { addressOf, urlOf } from "./http.ts";
import type { LocalFunction } from "./invoke.ts";
import { type Connected, socketEvent } from "./socket-event.ts";

/** API Gateway's: a connection with no message for `idleMs` is cut, and every one after `lifeMs`. */
export const socketLimits = { idleMs: 10 * 60_000, lifeMs: 2 * 3_600_000 };
/** Frames of one connection that wait for the function; who sends faster than it answers is cut. */
const waitingMax = 200;
const closeCodes = { goingAway: 1001, abnormal: 1006, tooMany: 1008 };

export interface SocketApi {
  /** Takes an upgrade request whose path is the API's. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Takes no more connections, cuts those there are and those on their way in, and lets the functions know. */
  stop(): Promise<void>;
}

interface SocketApiOptions {
  readonly configs: readonly FunctionConfig[];
  readonly functions: ReadonlyMap<string, LocalFunction>;
  readonly log: Log;
  readonly limits?: typeof socketLimits;
}

type Routed = Parameters<typeof socketEvent>[2];
const routeOf = { CONNECT: "$connect", MESSAGE: "$default", DISCONNECT: "$disconnect" } as const;

export function socketApi({ configs, functions, log, limits = socketLimits }: SocketApiOptions): SocketApi {
  const server = new WebSocketServer({ noServer: true, maxPayload: frameBytesMax, clientTracking: true });
  let isStopping = false;
  const opening = new Set<Promise<void>>();
  const leaving = new Set<Promise<void>>();
  const invoke = async (connected: Connected, what: Routed): Promise<unknown> => {
    const config = configs.find((one) => one.sockets.includes(routeOf[what.kind]));
    const id = randomUUID();
    return (
      config && (await functions.get(config.name)?.invoke({ event: socketEvent(connected, id, what), id, timeoutMs: 29_000 }))
    );
  };

  /** After `turn`, the frames of before. */
  const leave = (connected: Connected, how: { code: number; reason: string }, turn: Promise<void>): void => {
    const { connection } = connected;
    const gone = turn
      .then(() => invoke(connected, { kind: "DISCONNECT", ...how }))
      .then(
        () => {},
        (error: unknown) => log.error({ connection, error }, "a disconnect's function failed"),
      );
    keepUntilDone(leaving, gone);
  };

  const serve = (socket: WebSocket, connected: Connected) => {
    const { connection } = connected;
    const timers = cutAfter(socket, limits);
    registerSocket(connection, {
      send: (frame) => {
        timers.touch();
        return sendTo(socket, frame);
      },
      close: () => socket.close(closeCodes.goingAway),
    });
    let waiting = 0;
    let turn: Promise<void> = Promise.resolve();
    const take = async (body: string) => {
      try {
        await invoke(connected, { kind: "MESSAGE", body });
      } catch (error) {
        log.error({ connection, error }, "a frame's function failed");
        await sendTo(socket, failureFrame(error));
      } finally {
        waiting--;
      }
    };
    socket.on("message", (data, isBinary) => {
      timers.touch();
      if (++waiting > waitingMax) return socket.close(closeCodes.tooMany, "too many frames at once");
      const body = isBinary ? Buffer.from(data as Buffer).toString("base64") : String(data);
      turn = turn.then(() => take(body));
    });
    socket.on("error", (error) => log.warn({ connection, error }, "a connection broke"));
    socket.on("close", (code, reason) => {
      timers.stop();
      forgetSocket(connection);
      leave(connected, { code, reason: String(reason) }, turn);
    });
  };

  const open = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    try {
      const connected: Connected = {
        connection: randomBytes(12).toString("base64url"),
        at: new Date(),
        url: urlOf(request),
        headers: request.headers,
        address: addressOf(request),
      };
      const status = statusOf(await invoke(connected, { kind: "CONNECT" }));
      if (status >= 400) return refuseUpgrade(socket, `${status} Refused`);
      let isServed = false;
      server.handleUpgrade(request, socket, head, (accepted) => {
        isServed = true;
        serve(accepted, connected);
      });
      // Gone, or no WebSocket after all: the function has taken it for connected.
      if (!isServed) leave(connected, { code: closeCodes.abnormal, reason: "" }, Promise.resolve());
    } catch (error) {
      log.error({ error }, "a connect's function failed");
      refuseUpgrade(socket, "500 Refused");
    }
  };

  return {
    upgrade: (request, socket, head) => {
      socket.on("error", (error) => log.warn({ error }, "a connection broke while it was opened"));
      if (isStopping) return refuseUpgrade(socket, "503 Refused");
      keepUntilDone(opening, open(request, socket, head));
    },
    stop: async () => {
      isStopping = true;
      await Promise.all(opening);
      for (const client of server.clients) client.close(closeCodes.goingAway, "the platform is stopping");
      const closed = [...server.clients].map((client) => new Promise<void>((resolve) => client.once("close", () => resolve())));
      const force = setTimeout(() => {
        for (const client of server.clients) client.terminate();
      }, 500);
      await Promise.all(closed);
      clearTimeout(force);
      await Promise.all(leaving);
    },
  };
}

function cutAfter(socket: WebSocket, { idleMs, lifeMs }: typeof socketLimits) {
  const cut = (why: string) => () => socket.close(closeCodes.goingAway, why);
  const idle = setTimeout(cut("idle"), idleMs);
  const life = setTimeout(cut("connected long enough: connect again"), lifeMs);
  return {
    touch: () => void idle.refresh(),
    stop: () => {
      clearTimeout(idle);
      clearTimeout(life);
    },
  };
}

const sendTo = (socket: WebSocket, frame: string): Promise<boolean> =>
  new Promise((resolve) => {
    if (socket.readyState !== socket.OPEN) return resolve(false);
    socket.send(frame, (error) => resolve(!error));
  });

function failureFrame(error: unknown): string {
  const { code, message, next } = faultOf(error);
  return JSON.stringify({
    type: "error",
    id: null,
    code,
    message,
    ...(next === undefined ? {} : { next }),
  } satisfies ServerFrame);
}

const statusOf = (returned: unknown): number => {
  const status = (returned as { statusCode?: unknown } | undefined)?.statusCode;
  return typeof status === "number" ? status : 200;
};

function keepUntilDone(all: Set<Promise<void>>, one: Promise<void>): void {
  all.add(one);
  void one.then(() => all.delete(one));
}
