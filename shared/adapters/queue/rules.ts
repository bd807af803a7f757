import { Fault } from "../../base/fault.ts";
import type { SendOptions } from "../../ports/queue.ts";

/** SQS's limits, kept by every queue: body, delay (as long as a message may be invisible), time a dedupe id is remembered, messages of one lease. */
const bodyBytesMax = 256 * 1024;
const delayMsMax = 12 * 3_600_000;
export const dedupeMs = 5 * 60_000;
const leaseLimitMax = 10;

/** @throws Fault `too_large`, or `internal` for what only a bug can ask. */
export function checkSend(body: string, options: SendOptions): void {
  if (Buffer.byteLength(body) > bodyBytesMax)
    throw new Fault("too_large", "A message is over 256 KiB.", { next: "Keep the content in a blob and send its digest." });
  const delay = options.delayMs ?? 0;
  if (!(delay >= 0 && delay <= delayMsMax))
    throw new Fault("internal", "Something went wrong on our side.", {
      detail: { bug: `a delay is 0 to ${delayMsMax} ms, not ${delay}` },
    });
}

export function checkLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > leaseLimitMax)
    throw new Fault("internal", "Something went wrong on our side.", {
      detail: { bug: `a lease is for 1 to ${leaseLimitMax} messages, not ${limit}` },
    });
}

export const leaseLost = (): Fault =>
  new Fault("conflict", "The message's lease ran out.", { next: "Stop working on it: another has it, or will." });
