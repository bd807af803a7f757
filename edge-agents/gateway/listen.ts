import type { Server } from "node:net";
import { performance } from "node:perf_hooks";

/** The machine has no such address (no IPv6, say): nothing that can be listened on. */
const absent = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT"]);

const listenOnce = (server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | undefined> =>
  new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) => resolve(error);
    server.once("error", failed);
    server.listen({ host, port }, () => {
      server.off("error", failed);
      resolve(undefined);
    });
  });

export const portOf = (server: Server): number => {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
};

/** How long a listener that is just being closed may take to give its port back. */
export const busyMs = 3_000;

/**
 * Listens on the same port of every host that the machine has; `make` gives a new server for each.
 * @throws the error of listen, EADDRINUSE after waiting a little.
 */
export async function listenAll(
  hosts: readonly string[],
  port: number,
  make: () => Server,
  waitMs = busyMs,
): Promise<{ port: number; servers: readonly Server[] }> {
  const servers: Server[] = [];
  const until = performance.now() + waitMs;
  let chosen = port;
  for (const host of hosts) {
    const server = make();
    let error = await listenOnce(server, host, chosen);
    while (error?.code === "EADDRINUSE" && chosen !== 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      error = await listenOnce(server, host, chosen);
    }
    if (error !== undefined && absent.has(error.code ?? "")) continue;
    if (error !== undefined) {
      await Promise.all(servers.map(closed));
      throw error;
    }
    servers.push(server);
    chosen = portOf(server);
  }
  return { port: chosen, servers };
}

/** Stops taking connections; resolves when those that are open have ended. */
export const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
