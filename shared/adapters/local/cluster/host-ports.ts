import { createServer } from "node:net";
import { Fault } from "../../../base/fault.ts";

/** Can a server listen here? Asked of both families, since applications listen on either. */
const isFree = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code === "EAFNOSUPPORT" || error.code === "EADDRNOTAVAIL"),
    );
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });

export interface HostPorts {
  /** A port nobody has. It stays taken until given back. @throws Fault `exhausted`. */
  take(): Promise<number>;
  /** Keeps one that is in use already from being taken again. */
  hold(port: number): void;
  giveBack(port: number): void;
}

/** Hands out the ports of a range in turn, so that one just given back rests the longest. */
export function hostPorts(range: { first: number; last: number }): HostPorts {
  const held = new Set<number>();
  let next = range.first + Math.floor(Math.random() * (range.last - range.first + 1));
  const turn = (): number => {
    const port = next;
    next = next >= range.last ? range.first : next + 1;
    return port;
  };
  return {
    async take() {
      for (let tries = range.last - range.first + 1; tries > 0; tries--) {
        const port = turn();
        if (held.has(port)) continue;
        held.add(port);
        if ((await isFree(port, "0.0.0.0")) && (await isFree(port, "::"))) return port;
        held.delete(port);
      }
      throw new Fault("exhausted", `No port between ${range.first} and ${range.last} is free.`, {
        next: "Stop components that are not needed, or give the platform a wider range.",
      });
    },
    hold: (port) => void held.add(port),
    giveBack: (port) => void held.delete(port),
  };
}
