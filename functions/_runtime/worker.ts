import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { Fault, faultOf } from "../../shared/base/fault.ts";
import { Command, type QueueName, queueNames } from "../../shared/contract/commands.ts";
import { type Deps, deps } from "./deps.ts";

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
      const key = record.attributes.MessageGroupId;
      const held = key !== undefined && heldKeys.has(key);
      if (!held && (await handled(all, works, record))) continue;
      failed.push(record.messageId);
      if (key !== undefined) heldKeys.add(key);
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
  return Object.assign(middy<SQSEvent, SQSBatchResponse>().handler(handle), { kinds: Object.keys(works) as K[] });
}

async function handled<K extends Kind>(all: Deps, works: { readonly [P in K]: Work<P> }, record: SQSRecord): Promise<boolean> {
  const attempt = Number(record.attributes.ApproximateReceiveCount);
  const told = { messageId: record.messageId, attempt };
  try {
    if (await putBack(all, record)) return false;
    const command = commandOf(record.body);
    const work = (works as Partial<Record<Kind, Work<Kind>>>)[command.kind];
    if (!work) throw new Fault("invalid", `This worker does not do ${command.kind}.`);
    await work(command, { deps: all, attempt });
    return true;
  } catch (error) {
    const fault = faultOf(error);
    const reason = { ...told, code: fault.code, reason: fault.message, detail: fault.detail, error: fault.cause ?? error };
    if (fault.code !== "invalid") {
      all.log.warn(reason, "command failed; it will be tried again");
      return false;
    }
    all.log.error(reason, "command can never succeed; moved to the dead letters");
    await all.queues[queueIn(record)].bury(buriedOf(record, attempt));
    return true;
  }
}

/** SQS cannot delay one message of a queue that keeps order (shared/adapters/aws/queue.ts): one that comes too early is hidden until it is due. */
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
