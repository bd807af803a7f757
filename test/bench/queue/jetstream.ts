import { AckPolicy, jetstream, jetstreamManager, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { body, type Subject, startServer } from "./subject.ts";

const nanosecondsPerSecond = 1e9;

/** A work queue in a file store. Debian's nats-server (2.9) acknowledges from the page cache and cannot be told otherwise. */
export async function jetstreamSubject(directory: string): Promise<Subject> {
  const nats = await startServer(
    "nats-server",
    (port) => ["-a", "127.0.0.1", "-p", String(port), "-js", "-sd", `${directory}/jetstream`],
    "Server is ready",
  );
  const connection = await connect({ servers: `127.0.0.1:${nats.port}` });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({
    name: "bench",
    subjects: ["bench.*"],
    storage: StorageType.File,
    retention: RetentionPolicy.Workqueue,
  });
  await manager.consumers.add("bench", {
    durable_name: "workers",
    ack_policy: AckPolicy.Explicit,
    ack_wait: 30 * nanosecondsPerSecond,
    max_deliver: 5,
    max_ack_pending: 1_000,
  });
  const stream = jetstream(connection);
  return {
    name: "JetStream",
    pid: nats.pid,
    durability: "sends and acks survive kill -9 only (fsync every 2 minutes)",
    send: (at) => stream.publish(`bench.${at % 50}`, body),
    handle: async (count) => {
      const consumer = await stream.consumers.get("bench", "workers");
      const messages = await consumer.consume({ max_messages: 500 });
      const acks: Promise<boolean>[] = [];
      for await (const message of messages) {
        acks.push(message.ackAck());
        if (acks.length === count) break;
      }
      await Promise.all(acks);
      await messages.close();
    },
    close: async () => {
      await connection.close();
      await nats.stop();
    },
  };
}
