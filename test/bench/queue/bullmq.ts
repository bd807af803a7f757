import { Queue, Worker } from "bullmq";
import { body, consumers, type Subject, startServer } from "./subject.ts";

export async function bullmqSubject(directory: string): Promise<Subject> {
  const redis = await startServer(
    "redis-server",
    (port) =>
      `--port ${port} --bind 127.0.0.1 --dir ${directory} --appendonly yes --appendfsync always --maxmemory-policy noeviction`
        .split(" ")
        .concat("--save", ""),
    "Ready to accept connections",
  );
  const connection = { host: "127.0.0.1", port: redis.port, maxRetriesPerRequest: null };
  const queue = new Queue("bench", { connection, defaultJobOptions: { removeOnComplete: true, attempts: 5 } });
  return {
    name: "BullMQ",
    pid: redis.pid,
    durability: "every write is on the disk (appendfsync always)",
    send: () => queue.add("build", { body }),
    handle: async (count) => {
      let left = count;
      const worker = new Worker("bench", async () => {}, { connection, concurrency: consumers });
      await new Promise<void>((resolve) => worker.on("completed", () => --left === 0 && resolve()));
      await worker.close();
    },
    close: async () => {
      await queue.close();
      await redis.stop();
    },
  };
}
