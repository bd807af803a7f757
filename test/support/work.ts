import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { sqsEvent } from "../../infra/local/faas/sqs-event.ts";
import type { QueueName } from "../../shared/contract/commands.ts";
import type { MemoryDeps } from "./memory-deps.ts";
import { workerBuilds as builds, workerChores as chores, workerNotices as notices } from "./functions.ts";

type Worker = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;
const workers: Record<QueueName, Worker> = { builds, notices, chores };

/** Hands every message that is due to the deployed workers, until there is none. @throws when a command fails. */
export async function work(deps: MemoryDeps): Promise<void> {
  while ((await Promise.all((["notices", "builds", "chores"] as const).map((name) => drain(deps, name)))).some((n) => n > 0));
}

async function drain(deps: MemoryDeps, name: QueueName): Promise<number> {
  const queue = deps.queues[name];
  const leased = await queue.lease({ limit: 10, leaseMs: 30_000, waitMs: 0 });
  if (leased.length === 0) return 0;
  const { batchItemFailures } = await workers[name](sqsEvent(`pluvia-local-${name}`, leased), {} as Context);
  if (batchItemFailures.length > 0) throw new Error(`a command failed: ${JSON.stringify(deps.logged.slice(-3), errorText)}`);
  for (const m of leased) await queue.ack(m.receipt);
  return leased.length;
}
const errorText = (_: string, value: unknown) => (value instanceof Error ? (value.stack ?? value.message) : value);
