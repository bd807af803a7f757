import { randomUUID } from "node:crypto";
import { CreateQueueCommand, DeleteQueueCommand, GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { AwsSettings } from "../../shared/adapters/aws/client.ts";
import { awsQueue } from "../../shared/adapters/aws/queue.ts";
import type { queueSuite } from "../contract/queue.suite.ts";

const fifo = { FifoQueue: "true", DeduplicationScope: "messageGroup", FifoThroughputLimit: "perMessageGroupId" };

/** Makes a queue with its dead letters as infra/aws/queues.yml does, for every test anew. `suffix`: `.fifo` or nothing. */
export function queuesOn(aws: () => AwsSettings, suffix: ".fifo" | ""): Parameters<typeof queueSuite>[1] {
  return async ({ clock, attemptsMax }) => {
    const client = new SQSClient({ ...aws(), useQueueUrlAsEndpoint: false });
    const create = async (name: string, more: Record<string, string> = {}): Promise<string> => {
      const Attributes = { ...(suffix === ".fifo" && fifo), ...more };
      return String((await client.send(new CreateQueueCommand({ QueueName: `${name}${suffix}`, Attributes }))).QueueUrl);
    };
    const id = randomUUID();
    const deadLettersUrl = await create(`dead-${id}`);
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: deadLettersUrl, AttributeNames: ["QueueArn"] }),
    );
    const policy = { deadLetterTargetArn: Attributes?.["QueueArn"], maxReceiveCount: attemptsMax };
    const url = await create(`q-${id}`, { RedrivePolicy: JSON.stringify(policy) });
    return {
      queue: awsQueue({ aws: aws(), url, deadLettersUrl, attemptsMax, clock }),
      close: async () => {
        for (const QueueUrl of [url, deadLettersUrl]) await client.send(new DeleteQueueCommand({ QueueUrl }));
        client.destroy();
      },
    };
  };
}
