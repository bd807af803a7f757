import { createHash, randomUUID } from "node:crypto";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  SQSServiceException,
} from "@aws-sdk/client-sqs";
import type { Clock } from "../../ports/clock.ts";
import type { DeadLetter, Leased, Queue, SendOptions } from "../../ports/queue.ts";
import { checkLimit, checkSend, leaseLost } from "../queue/rules.ts";
import { type AwsSettings, clientConfig } from "./client.ts";

export interface AwsQueueOptions {
  readonly aws: AwsSettings;
  /** Ends in `.fifo` where order matters. Others are standard queues: fair between tenants, but without order and dedupe. */
  readonly url: string;
  readonly deadLettersUrl: string;
  /** maxReceiveCount of its redrive policy (infra/aws/queues.yml). */
  readonly attemptsMax: number;
  readonly clock: Clock;
}

/** SQS's longest wait, delay and invisibility, s. */
const waitSecondsMax = 20;
const delaySecondsMax = 900;
const visibilitySecondsMax = 43_200;
/** How long dead letters are out of others' sight while they are looked at, s. */
const lookSeconds = 5;

const seconds = (ms: number): number => Math.min(Math.ceil(ms / 1_000), visibilitySecondsMax);
const text = (value: string): MessageAttributeValue => ({ DataType: "String", StringValue: value });
const textOf = (message: Message, name: string): string | undefined => message.MessageAttributes?.[name]?.StringValue;
/**
 * So many groups a tenant has in a FIFO queue. Of a group one batch is under way at a time, so this is how many of the workers one tenant keeps busy at most, however
 * much it has sent; serverless.yml gives the queue ten times as many.
 */
const groupsOfTenant = 8;
const takenInTurnMax = 3;

/** Ids of SQS have at most 128 characters. */
const short = (value: string): string => createHash("sha256").update(value).digest("hex");
/** Messages of one key are in one group, in which they keep their order. */
const groupOf = (tenant: string, key: string | undefined): string =>
  short(`${tenant}#${key === undefined ? randomUUID() : Number.parseInt(short(key).slice(0, 8), 16) % groupsOfTenant}`);

/**
 * A queue of infra/aws/queues.yml. Whole seconds are SQS's unit: leases and delays are rounded up. What differs from the port's promise: a
 * standard queue keeps no order and no dedupe; a FIFO queue gives no turns, but bounds how many workers a tenant has at once, and what waits in it (a delay, a
 * failure) holds other keys of its group; a message of a FIFO queue that was delayed, or of a standard one by more than 15 minutes, may tell one attempt too few.
 */
export function awsQueue(options: AwsQueueOptions): Queue {
  const { url, clock } = options;
  const client = new SQSClient({ ...clientConfig(options.aws), useQueueUrlAsEndpoint: false });
  const isFifo = url.endsWith(".fifo");
  const nowMs = () => clock.now().getTime();
  const leases = leaseTimes(nowMs);

  const post = async (QueueUrl: string, body: string, given: SendOptions, more: Record<string, MessageAttributeValue> = {}) => {
    const { tenant, key, dedupe, delayMs = 0 } = given;
    // A FIFO queue delays no single message, a standard one none for longer.
    const isEarly = delayMs > (isFifo ? 0 : delaySecondsMax * 1_000);
    await client.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: body,
        MessageAttributes: {
          tenant: text(tenant),
          ...(key !== undefined && { key: text(key) }),
          // Whoever takes it out too early puts it back until then.
          ...(isEarly && { notBefore: text(String(nowMs() + delayMs)) }),
          ...more,
        },
        ...(isFifo
          ? {
              MessageGroupId: groupOf(tenant, key),
              MessageDeduplicationId: short(`${tenant}#${dedupe ?? randomUUID()}`),
            }
          : { MessageGroupId: tenant, DelaySeconds: Math.min(seconds(delayMs), delaySecondsMax) }),
      }),
    );
  };
  const take = async (
    QueueUrl: string,
    asked: { limit: number; leaseSeconds: number; waitSeconds: number; signal?: AbortSignal | undefined },
  ) => {
    const command = new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: asked.limit,
      VisibilityTimeout: asked.leaseSeconds,
      WaitTimeSeconds: asked.waitSeconds,
      MessageAttributeNames: ["All"],
      MessageSystemAttributeNames: ["All"],
    });
    const answer = await client.send(command, {
      ...(asked.signal && { abortSignal: asked.signal }),
      requestTimeout: (asked.waitSeconds + 10) * 1_000,
    });
    return answer.Messages ?? [];
  };
  /**
   * A FIFO queue hands out several of a group at once: asked for one at a time, it keeps the later ones of a group whose head is out. Few at once, as whoever has them
   * holds their groups until all are done.
   */
  const takeInTurn = async (asked: Parameters<typeof take>[1]): Promise<Message[]> => {
    if (!isFifo) return untilAborted(take(url, asked), asked.signal);
    const taken: Message[] = [];
    const limit = Math.min(asked.limit, takenInTurnMax);
    for (let waitSeconds = asked.waitSeconds; taken.length < limit; waitSeconds = 0) {
      const [message] = await untilAborted(take(url, { ...asked, limit: 1, waitSeconds }), asked.signal);
      if (!message) break;
      taken.push(message);
    }
    return taken;
  };
  const show = (QueueUrl: string, ReceiptHandle: string | undefined, VisibilityTimeout: number) =>
    client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
  const remove = (QueueUrl: string, ReceiptHandle: string | undefined) =>
    client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));

  /** Puts back what is not due yet. */
  const due = async (messages: readonly Message[]): Promise<Message[]> => {
    const early = (message: Message) => Number(textOf(message, "notBefore") ?? 0) - nowMs();
    await Promise.all(messages.filter((m) => early(m) > 0).map((m) => show(url, m.ReceiptHandle, seconds(early(m)))));
    return messages.filter((message) => early(message) <= 0);
  };
  const look = async (limit: number): Promise<Message[]> => {
    const seen = new Map<string, Message>();
    for (let found = true; found && seen.size < limit; ) {
      const some = await take(options.deadLettersUrl, {
        limit: Math.min(10, limit - seen.size),
        leaseSeconds: lookSeconds,
        waitSeconds: 0,
      });
      const fresh = some.filter((message) => !seen.has(message.MessageId ?? ""));
      for (const message of fresh) seen.set(message.MessageId ?? "", message);
      found = fresh.length > 0;
    }
    return [...seen.values()];
  };
  const deadLetterOf = (message: Message): DeadLetter => ({
    id: message.MessageId ?? "",
    body: message.Body ?? "",
    tenant: textOf(message, "tenant") ?? "",
    attempts: Number(textOf(message, "attempts") ?? options.attemptsMax),
    failedAt: new Date(Number(textOf(message, "failedAt") ?? message.Attributes?.ApproximateFirstReceiveTimestamp ?? 0)),
  });

  return {
    async send(body, given) {
      checkSend(body, given);
      await post(url, body, given);
    },
    async lease({ limit, leaseMs, waitMs, signal }) {
      checkLimit(limit);
      for (const until = nowMs() + waitMs; ; ) {
        const left = Math.max(0, until - nowMs());
        const waitSeconds = Math.min(Math.ceil(left / 1_000), waitSecondsMax);
        const messages = await due(await takeInTurn({ limit, leaseSeconds: seconds(leaseMs), waitSeconds, signal }));
        for (const { ReceiptHandle } of messages) leases.begin(String(ReceiptHandle), leaseMs);
        if (messages.length > 0 || left === 0 || signal?.aborted) return messages.map(leasedOf);
      }
    },
    async ack(receipt) {
      if (!leases.end(receipt)) return;
      await remove(url, receipt).catch(forgiveLost);
    },
    async retry(receipt, delayMs) {
      if (!leases.end(receipt)) return;
      await show(url, receipt, seconds(delayMs)).catch(forgiveLost);
    },
    async bury({ receipt, body, tenant, key, attempt }) {
      if (!leases.end(receipt)) return;
      const where = { tenant, ...(key !== undefined && { key }), dedupe: receipt };
      await post(options.deadLettersUrl, body, where, { attempts: text(String(attempt)), failedAt: text(String(nowMs())) });
      await remove(url, receipt).catch(forgiveLost);
    },
    async extend(receipt, leaseMs) {
      if (!leases.isHeld(receipt)) throw leaseLost();
      await show(url, receipt, seconds(leaseMs)).catch((error: unknown) => {
        throw isLost(error) ? leaseLost() : error;
      });
      leases.begin(receipt, leaseMs);
    },
    async deadLetters(limit) {
      const messages = await look(limit);
      await Promise.all(messages.map((message) => show(options.deadLettersUrl, message.ReceiptHandle, 0).catch(forgiveLost)));
      return messages.map(deadLetterOf);
    },
    /** Sent anew before it leaves the dead letters: a crash between the two does it twice, never not at all. */
    async redrive(limit) {
      const messages = await look(limit);
      for (const message of messages) {
        const key = textOf(message, "key");
        await post(url, message.Body ?? "", { tenant: textOf(message, "tenant") ?? "", ...(key !== undefined && { key }) });
        await remove(options.deadLettersUrl, message.ReceiptHandle);
      }
      return messages.length;
    },
    async depth() {
      const names = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
      ] as const;
      const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] }));
      return names.reduce((sum, name) => sum + Number(Attributes?.[name] ?? 0), 0);
    },
  };
}

/** How long over a lease is remembered, ms: longer than anyone works on past its end. */
const rememberedMs = 15 * 60_000;

/**
 * SQS may take an old receipt for a newer lease of the same message; so the end of the leases made here is kept here. Receipts of others (a
 * function gets its messages from AWS) are for SQS to judge.
 */
function leaseTimes(nowMs: () => number) {
  const ends = new Map<string, number>();
  const isHeld = (receipt: string): boolean => (ends.get(receipt) ?? Number.POSITIVE_INFINITY) > nowMs();
  const forget = () => {
    for (const [receipt, end] of ends) if (end + rememberedMs < nowMs()) ends.delete(receipt);
  };
  return {
    isHeld,
    begin(receipt: string, leaseMs: number): void {
      forget();
      ends.set(receipt, nowMs() + leaseMs);
    },
    /** Whether it was held until now. */
    end(receipt: string): boolean {
      const held = isHeld(receipt);
      if (held && ends.has(receipt)) ends.set(receipt, nowMs());
      return held;
    },
  };
}

function leasedOf(message: Message): Leased {
  const received = Number(message.Attributes?.ApproximateReceiveCount ?? 1);
  const key = textOf(message, "key");
  return {
    id: message.MessageId ?? "",
    receipt: message.ReceiptHandle ?? "",
    body: message.Body ?? "",
    attempt: Math.max(1, textOf(message, "notBefore") === undefined ? received : received - 1),
    sentAt: new Date(Number(message.Attributes?.SentTimestamp ?? 0)),
    tenant: textOf(message, "tenant") ?? "",
    ...(key !== undefined && { key }),
  };
}

/** The lease ran out, or the message is gone: another has it, or nobody needs it. */
const lostNames = ["ReceiptHandleIsInvalid", "MessageNotInflight", "InvalidParameterValue", "InvalidParameterValueException"];
const isLost = (error: unknown): boolean => error instanceof SQSServiceException && lostNames.includes(error.name);
function forgiveLost(error: unknown): void {
  if (!isLost(error)) throw error;
}

async function untilAborted(messages: Promise<Message[]>, signal: AbortSignal | undefined): Promise<Message[]> {
  try {
    return await messages;
  } catch (error) {
    if (signal?.aborted) return [];
    throw error;
  }
}
