import { randomUUID } from "node:crypto";
import * as z from "zod";
import { backoffMs } from "../../../shared/base/retry.ts";
import type { Leased, Queue } from "../../../shared/ports/queue.ts";
import type { Log } from "../../../shared/control/core.ts";
import type { QueueSource } from "./config.ts";
import type { LocalFunction } from "./invoke.ts";
import { sqsEvent } from "./sqs-event.ts";

/** As long as SQS lets a consumer wait. */
const waitMs = 20_000;
const retryLimits = { baseMs: 500, maxMs: 60_000 };

const Answer = z
  .looseObject({ batchItemFailures: z.array(z.looseObject({ itemIdentifier: z.string() })).default([]) })
  .default({ batchItemFailures: [] });

interface PollerOptions {
  readonly source: QueueSource;
  readonly queue: Queue;
  readonly target: LocalFunction;
  readonly log: Log;
}

/** Hands a queue's messages to a function, in batches, several at once, until it is stopped. A failed message is retried later; its attempts are the queue's to count. */
export function queuePoller({ source, queue, target, log }: PollerOptions) {
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();

  const handle = async (messages: readonly Leased[]) => {
    const failed = await failedOf({ messages, source, target, log });
    await Promise.all(
      messages.map((message) => {
        if (!failed.has(message.id)) return queue.ack(message.receipt);
        return queue.retry(
          message.receipt,
          Math.min(backoffMs(message.attempt, retryLimits, 1), source.visibilitySeconds * 1_000),
        );
      }),
    );
  };
  const start = (messages: readonly Leased[]) => {
    const work: Promise<void> = handle(messages)
      .catch((error: unknown) =>
        log.error({ queue: source.queue, error }, "messages could not be given back; they come again when their lease ran out"),
      )
      .finally(() => running.delete(work));
    running.add(work);
  };
  const poll = async () => {
    while (!stopping.signal.aborted) {
      if (running.size >= source.concurrencyMax) await Promise.race(running);
      const messages = await queue.lease({
        limit: source.batchSize,
        leaseMs: source.visibilitySeconds * 1_000,
        waitMs,
        signal: stopping.signal,
      });
      if (messages.length > 0) start(messages);
    }
  };
  const polling = pollAgain(poll, stopping.signal, (error) =>
    log.error({ queue: source.queue, error }, "the queue does not answer"),
  );
  return {
    /** Takes no more messages and waits for those being handled. */
    stop: async () => {
      stopping.abort();
      await polling;
      await Promise.all(running);
    },
  };
}

async function pollAgain(poll: () => Promise<void>, signal: AbortSignal, report: (error: unknown) => void): Promise<void> {
  while (!signal.aborted) {
    try {
      await poll();
    } catch (error) {
      report(error);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}

/** Ids of the messages to hand out again: those the function names, or all when it threw. */
async function failedOf({
  messages,
  source,
  target,
  log,
}: {
  messages: readonly Leased[];
  source: QueueSource;
  target: LocalFunction;
  log: Log;
}): Promise<ReadonlySet<string>> {
  try {
    const answer = await target.invoke({ event: sqsEvent(source.queue, messages), id: randomUUID() });
    return new Set(Answer.parse(answer ?? undefined).batchItemFailures.map((failure) => failure.itemIdentifier));
  } catch (error) {
    log.error({ queue: source.queue, messages: messages.map((m) => m.id), error }, "a message's function failed");
    return new Set(messages.map((message) => message.id));
  }
}
