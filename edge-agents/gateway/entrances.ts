import { createServer as createNetServer, type Server, type Socket } from "node:net";
import { faultOf } from "../../shared/base/fault.ts";
import type { Allocation } from "./allocation.ts";
import { busyMs, closed, listenAll } from "./listen.ts";

export interface Entrances {
  /** Opens the port of `key` if it is not open; resolves with it when it listens. */
  open(key: string): Promise<number>;
  /** Closes all whose key is not in `wanted`. */
  keep(wanted: ReadonlySet<string>): void;
  close(): Promise<void>;
}

/** Another platform on this machine may hold that many of the same pool. */
const movesMax = 500;

/** Listeners that each lead to one port of one component, on allocated ports. */
export function entrances(options: {
  hosts: readonly string[];
  allocation: Allocation;
  serve: (socket: Socket, key: string) => Promise<void>;
}): Entrances {
  const { hosts, allocation, serve } = options;
  const open = new Map<string, Promise<{ port: number; servers: readonly Server[] }>>();
  const sockets = new Set<Socket>();

  const make = (key: string) =>
    createNetServer({ allowHalfOpen: true, pauseOnConnect: true, keepAlive: true, keepAliveInitialDelay: 60_000 }, (socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      serve(socket, key).catch((error: unknown) => {
        process.emitWarning(error instanceof Error ? error : String(error), { code: "GATEWAY_CONNECTION" });
        socket.destroy();
      });
    });

  const listen = async (key: string) => {
    // Its own old port is worth waiting for: whoever holds it may be our predecessor, just ending.
    let waitMs = allocation.names().includes(key) ? busyMs : 0;
    let port = allocation.portFor(key);
    for (let tries = 1; ; tries++) {
      try {
        return await listenAll(hosts, port, () => make(key), waitMs);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || tries > movesMax) throw faultOf(error);
      }
      // Something that is not ours holds it: better another address than none.
      port = allocation.move(key);
      waitMs = 0;
    }
  };
  const shut = async (key: string) => {
    const opening = open.get(key);
    open.delete(key);
    const listening = await opening?.catch(() => undefined);
    await Promise.all((listening?.servers ?? []).map(closed));
  };

  return {
    async open(key) {
      const opening = open.get(key) ?? listen(key);
      open.set(key, opening);
      try {
        return (await opening).port;
      } catch (error) {
        open.delete(key);
        throw error;
      }
    },
    keep(wanted) {
      for (const key of [...open.keys()]) if (!wanted.has(key)) void shut(key);
    },
    async close() {
      const shutting = [...open.keys()].map(shut);
      for (const socket of sockets) socket.destroy();
      await Promise.all(shutting);
    },
  };
}
