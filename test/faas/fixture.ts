import path from "node:path";
import { openFaas } from "../../infra/local/faas/faas.ts";
import type { socketLimits } from "../../infra/local/faas/sockets.ts";
import { type HttpPart, listen } from "../../infra/local/server.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { localQueue } from "../../shared/adapters/local/queue.ts";
import { temporaryDirectory } from "../temporary-directory.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
export const fixtureFile = path.resolve(import.meta.dirname, "../fixtures/faas/serverless.yml");

/** The functions of test/fixtures/faas, served on a port of loopback. */
export async function startFixture(options: { socketLimits?: typeof socketLimits } = {}) {
  const directory = await temporaryDirectory();
  const open = (attemptsMax: number) =>
    localQueue({ path: `${directory.path}/queues.db`, name: "work", attemptsMax, clock: systemClock() });
  const queue = open(2);
  const polled = open(2);
  const faas = await openFaas({ file: fixtureFile, queueFor: () => polled, log: silent, ...options });
  const waiting: (() => void)[] = [];
  const part: HttpPart = {
    serves: () => true,
    handle: (request, response) => {
      for (const wake of waiting.splice(0)) wake();
      return faas.http.handle(request, response);
    },
    upgrade: faas.sockets.upgrade,
  };
  const server = await listen({ host: "127.0.0.1", port: 0, parts: [part], log: silent });
  faas.start();
  return {
    url: `http://127.0.0.1:${server.port}`,
    queue,
    requested: () => new Promise<void>((resolve) => waiting.push(resolve)),
    stop: async () => {
      await faas.stop();
      await server.stop(5_000);
      queue.close();
      polled.close();
      await directory.remove();
    },
  };
}
