import { connect, type Socket } from "node:net";
import type { BackendPool, Upstream } from "./backends.ts";
import type { Chooser } from "./choose.ts";
import { connectMs } from "./reach.ts";
import { splice } from "./splice.ts";

/** undefined: nobody takes it. */
const connection = (to: Upstream, pool: BackendPool): Promise<Socket | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ host: to.host, port: to.hostPort, allowHalfOpen: true, noDelay: true, timeout: connectMs });
    const failed = () => {
      socket.destroy();
      resolve(undefined);
    };
    const unheard = () => {
      pool.suspect(to);
      failed();
    };
    socket.once("error", failed).once("timeout", unheard);
    socket.once("connect", () => {
      socket.setTimeout(0).off("error", failed).off("timeout", unheard);
      resolve(socket);
    });
  });

/** Joins a client (paused, half-open allowed) to the first place that accepts it. A client nobody takes is hung up on. */
export async function serveTcp(parts: { pool: BackendPool; chooser: Chooser }, client: Socket, key: string): Promise<void> {
  client.on("error", () => client.destroy());
  const next = parts.chooser.tries({ key }, client);
  for (;;) {
    const choice = await next();
    if (client.destroyed) return;
    if ("trouble" in choice) return void client.resetAndDestroy();
    const leave = parts.pool.enter(choice.upstream);
    const socket = await connection(choice.upstream, parts.pool);
    if (socket === undefined) {
      leave();
      continue;
    }
    const end = () => {
      client.destroy();
      socket.destroy();
    };
    choice.upstream.tunnels.add(end);
    if (client.destroyed) end();
    await splice(client.setNoDelay(true), socket);
    choice.upstream.tunnels.delete(end);
    return leave();
  }
}
