import { localQueue } from "../../shared/adapters/local/queue.ts";
import { memoryQueue } from "../../shared/adapters/memory/queue.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { queueSuite } from "./queue.suite.ts";

queueSuite("memory", async (options) => ({ queue: memoryQueue(options), close: async () => {} }));
queueSuite("local", async (options) => {
  const directory = await temporaryDirectory();
  const queue = localQueue({ path: `${directory.path}/queues.db`, name: "builds", ...options });
  return {
    queue,
    close: async () => {
      queue.close();
      await directory.remove();
    },
  };
});
