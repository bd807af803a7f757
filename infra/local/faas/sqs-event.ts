import type { SQSEvent, SQSRecord } from "aws-lambda";
import type { Leased } from "../../../shared/ports/queue.ts";

/** What SQS's event source hands to a function. */
export const sqsEvent = (queue: string, messages: readonly Leased[]): SQSEvent => ({
  Records: messages.map((message) => recordOf(queue, message)),
});

const attribute = (stringValue: string): SQSRecord["messageAttributes"][string] => ({ dataType: "String", stringValue });

const recordOf = (queue: string, { id, receipt, body, attempt, sentAt, tenant, key }: Leased): SQSRecord => ({
  messageId: id,
  receiptHandle: receipt,
  body,
  attributes: {
    ApproximateReceiveCount: String(attempt),
    SentTimestamp: String(sentAt.getTime()),
    SenderId: tenant,
    ApproximateFirstReceiveTimestamp: String(sentAt.getTime()),
    ...(key === undefined ? {} : { MessageGroupId: key }),
  },
  messageAttributes: { tenant: attribute(tenant), ...(key !== undefined && { key: attribute(key) }) },
  md5OfBody: "",
  eventSource: "aws:sqs",
  eventSourceARN: `arn:aws:sqs:local:000000000000:${queue}`,
  awsRegion: "local",
});
