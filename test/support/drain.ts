import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { handler as builds } from "../../functions/workers/builds.ts";
import { handler as chores } from "../../functions/workers/chores.ts";
import { handler as notices } from "../../functions/workers/notices.ts";
import { type QueueName, queueNames } from "../../shared/contract/commands.ts";
import type { MemoryDeps } from "./memory-deps.ts";

const workers: Record<QueueName, (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>> = { builds, chores, notices };

/** Lets the workers do all that is due now. @throws Error when one fails. */
export async function drain(deps: MemoryDeps): Promise<void> {
  let done: number;
  do {
    done = 0;
    for (const name of queueNames) done += await drainQueue(deps, name);
  } while (done > 0);
}

async function drainQueue(deps: MemoryDeps, name: QueueName): Promise<number> {
  const queue = deps.queues[name];
  const leased = await queue.lease({ limit: 10, leaseMs: 60_000, waitMs: 0 });
  const Records = leased.map(
    (m) =>
      ({
        messageId: m.id,
        receiptHandle: m.receipt,
        body: m.body,
        attributes: { ApproximateReceiveCount: String(m.attempt) },
        eventSourceARN: `arn:aws:sqs:local:0:pluvia-local-${name}.fifo`,
      }) as unknown as SQSRecord,
  );
  if (Records.length === 0) return 0;
  const { batchItemFailures } = await workers[name]({ Records }, {} as Context);
  if (batchItemFailures.length > 0) throw new Error(`${name}: ${JSON.stringify(deps.logged.filter((l) => l.level === "warn"))}`);
  await Promise.all(leased.map((m) => queue.ack(m.receipt)));
  return leased.length;
}
