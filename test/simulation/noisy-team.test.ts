import { localQueue } from "../../shared/adapters/local/queue.ts";
import { localTable } from "../../shared/adapters/local/table.ts";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { memoryQueue } from "../../shared/adapters/memory/queue.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { noisyTeamSuite } from "./noisy-team.suite.ts";

const sizes = { builds: 1_000, handed: 6 };

noisyTeamSuite("in memory", async () => ({ queue: memoryQueue({ clock: steppedClock() }), close: async () => {} }), sizes);
noisyTeamSuite(
  "on one machine",
  async () => {
    const { path, remove } = await temporaryDirectory();
    const clock = steppedClock();
    return {
      queue: localQueue({ path: `${path}/queues.db`, name: "builds", attemptsMax: 5, clock }),
      table: localTable({ path: `${path}/table.db`, clock }),
      close: remove,
    };
  },
  sizes,
);
