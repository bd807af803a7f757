import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { Fault, faultOf } from "../../shared/base/fault.ts";
import { Command, type QueueName, queueNames, Seen } from "../../shared/contract/commands.ts";
import { type Deps, deps } from "./deps.ts";
import { observed } from "./observed.ts";

type Kind = Command["kind"];
export interface Delivery {
  readonly deps: Deps;
  /** 1 at the first hand-out. */
  readonly attempt: number;
}
type Work<K extends Kind> = (command: Extract<Command, { kind: K }>, delivery: Delivery) => Promise<unknown>;

/**
 * Commands of one queue. What fails is handed out again (partial batch failures), and with it the later messages of its key, so
 * that their order holds. What can never succeed (`invalid`) goes to the dead letters at once, with the reason logged.
 */
export function worker<const K extends Kind>(works: { readonly [P in K]: Work<P> }) {
  const handle = async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const all = deps();
    const failed: string[] = [];
    const heldKeys = new Set<string>();
    for (const record of event.Records) {
      const key = orderOf(record);
      const held = key !== undefined && heldKeys.has(key);
      if (!held && (await handled(all, works, record))) continue;
      failed.push(record.messageId);
      if (key !== undefined) heldKeys.add(key);
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
  return Object.assign(middy<SQSEvent, SQSBatchResponse>().handler(handle), { kinds: Object.keys(works) as K[] });
}

const isFifo = ({ eventSourceARN }: Pick<SQSRecord, "eventSourceARN">): boolean => eventSourceARN.endsWith(".fifo");

/** What comes in order with it; a standard queue keeps none. A group of a FIFO queue holds other keys too, which need not wait. */
function orderOf({ eventSourceARN, messageAttributes }: SQSRecord): string | undefined {
  const { tenant, key } = messageAttributes;
  return isFifo({ eventSourceARN }) && key ? `${tenant?.stringValue}#${key.stringValue}` : undefined;
}

type Works<K extends Kind> = { readonly [P in K]: Work<P> };

/** What is told of a message whatever becomes of it. */
function seen({ body, messageId, attributes, messageAttributes }: SQSRecord, now: Date) {
  const { kind, tenant, operation, trace } = Seen.safeParse(jsonIn(body)).data ?? { kind: "unknown" };
  const attempt = Number(attributes.ApproximateReceiveCount);
  const dueAt = Math.max(Number(attributes.SentTimestamp), Number(messageAttributes["notBefore"]?.stringValue ?? 0));
  const waitedMs = Math.max(0, now.getTime() - dueAt);
  const doing = { kind: "command", name: kind, parent: trace, waitedMs, fields: { messageId, attempt } } as const;
  return { attempt, doing, tenant, operationId: operation };
}

/** Whether it is done with: it was handled, or will never be. */
async function handled<K extends Kind>(all: Deps, works: Works<K>, record: SQSRecord): Promise<boolean> {
  const { attempt, doing, ...about } = seen(record, all.clock.now());
  return observed(all, doing, async (deps, known) => {
    Object.assign(known, about);
    try {
      if (await putBack(deps, record)) return false;
      const command = commandOf(record.body);
      const work = (works as Partial<Record<Kind, Work<Kind>>>)[command.kind];
      if (!work) throw new Fault("invalid", `This worker does not do ${command.kind}.`);
      await work(command, { deps, attempt });
      return true;
    } catch (error) {
      const fault = faultOf(error);
      known.failure = fault.code;
      return failed(deps, record, { attempt, fault, error });
    }
  });
}

/** What fails in a FIFO queue holds other keys of its group: it is tried again sooner than its visibility ends, and later the more often it has failed. */
const againAfterMs = [1_000, 5_000, 20_000];
const againAfterMaxMs = 60_000;

async function failed(
  deps: Deps,
  record: SQSRecord,
  { attempt, fault, error }: { attempt: number; fault: Fault; error: unknown },
): Promise<boolean> {
  const reason = { code: fault.code, reason: fault.message, detail: fault.detail, error: fault.cause ?? error };
  if (fault.code !== "invalid") {
    deps.log.warn(reason, "command failed; it will be tried again");
    if (isFifo(record))
      await deps.queues[queueIn(record)].retry(record.receiptHandle, againAfterMs[attempt - 1] ?? againAfterMaxMs);
    return false;
  }
  deps.log.error(reason, "command can never succeed; moved to the dead letters");
  await deps.queues[queueIn(record)].bury(buriedOf(record, attempt));
  return true;
}

/** SQS delays not every message for as long as it was asked to (shared/adapters/aws/queue.ts): one that comes too early is hidden until it is due. */
async function putBack(all: Deps, record: SQSRecord): Promise<boolean> {
  const earlyMs = Number(record.messageAttributes["notBefore"]?.stringValue ?? 0) - all.clock.now().getTime();
  if (earlyMs <= 0) return false;
  await all.queues[queueIn(record)].retry(record.receiptHandle, earlyMs);
  return true;
}

function commandOf(body: string): Command {
  const parsed = Command.safeParse(jsonOf(body));
  if (parsed.success) return parsed.data;
  throw new Fault("invalid", "This message is not a command that we know.", { cause: parsed.error });
}
/** undefined: it is none. */
function jsonIn(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // `jsonOf` says so, where it is handled
  }
}
function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new Fault("invalid", "This message is not JSON.", { cause });
  }
}

/** Attributes as the queue's adapter sent them. */
function buriedOf({ receiptHandle, body, messageAttributes }: SQSRecord, attempt: number) {
  const { tenant, key } = messageAttributes;
  return {
    receipt: receiptHandle,
    body,
    attempt,
    tenant: tenant?.stringValue ?? "",
    ...(key?.stringValue !== undefined && { key: key.stringValue }),
  };
}

/** Queue ARNs end in the queue's name: `…:pluvia-local-builds.fifo`. */
function queueIn(record: SQSRecord): QueueName {
  const name = queueNames.find((n) => record.eventSourceARN.replace(/\.fifo$/, "").endsWith(n));
  if (name) return name;
  throw new Fault("internal", "A message came from a queue that we do not know.", { detail: { arn: record.eventSourceARN } });
}
