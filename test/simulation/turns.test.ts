import { localQueue } from "../../shared/adapters/local/queue.ts";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { memoryQueue } from "../../shared/adapters/memory/queue.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { turnsSuite } from "./turns.suite.ts";

// As serverless.yml has them: notices ten at once, chores one.
for (const [queue, sizes] of Object.entries({
  notices: { messages: 1_000, workers: 80, batch: 10 },
  chores: { messages: 1_000, workers: 5, batch: 1 },
})) {
  turnsSuite(`${queue} in memory`, async () => ({ queue: memoryQueue({ clock: steppedClock() }), close: async () => {} }), sizes);
  turnsSuite(
    `${queue} on one machine`,
    async () => {
      const { path, remove } = await temporaryDirectory();
      return { queue: localQueue({ path: `${path}/q.db`, name: "q", attemptsMax: 5, clock: steppedClock() }), close: remove };
    },
    sizes,
  );
}
