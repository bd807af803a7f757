import { open } from "node:fs/promises";
import type { localQueue } from "../../../shared/adapters/local/queue.ts";
import { quantile } from "../ratio.ts";
import { body } from "./subject.ts";

const rounds = Number(process.env.PLUVIA_ROUNDS ?? 3_000);

/** G5: a consumer waits, a message is sent now and then. Beside it, in turn, what the disk alone takes to keep as much. */
export async function latencyBench(queue: ReturnType<typeof localQueue>, directory: string): Promise<void> {
  const times = { handler: [] as number[], acknowledged: [] as number[], disk: [] as number[] };
  const file = await open(`${directory}/disk`, "a");
  for (let round = 0; round < rounds; round++) {
    const waiting = queue.lease({ limit: 1, leaseMs: 30_000, waitMs: 5_000 });
    await new Promise((resolve) => setTimeout(resolve, 2));
    const started = performance.now();
    const since = <T>(into: number[], what: Promise<T>) =>
      what.then((result) => {
        into.push(performance.now() - started);
        return result;
      });
    const [[message]] = await Promise.all([
      since(times.handler, waiting),
      since(times.acknowledged, queue.send(body, { tenant: "t" })),
    ]);
    await queue.ack(message?.receipt ?? "");
    times.disk.push(await diskWrite(file));
  }
  await file.close();
  console.log(`G5: one at a time, ${rounds} messages:`);
  console.log(`  append + fdatasync of the bare disk  ${spread(times.disk)}`);
  console.log(`  send → acknowledged (on the disk)    ${spread(times.acknowledged)}`);
  console.log(
    `  send → handler                       ${spread(times.handler)}: ${(100 / quantile(times.handler, 0.99)).toFixed(0)}× sooner than a poll each 100 ms`,
  );
}

async function diskWrite(file: Awaited<ReturnType<typeof open>>): Promise<number> {
  const started = performance.now();
  await file.write(Buffer.alloc(4096, 1));
  await file.datasync();
  return performance.now() - started;
}

const spread = (times: readonly number[]): string =>
  [0.5, 0.99, 0.999].map((q) => `p${q * 100} ${quantile(times, q).toFixed(2)} ms`).join(", ");
