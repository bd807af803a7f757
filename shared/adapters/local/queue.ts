import type { Clock } from "../../ports/clock.ts";
import type { Queue } from "../../ports/queue.ts";
import { queueOf } from "../queue/queue.ts";
import { Database } from "./database.ts";
import { journalGrowthMax, QueueJournal } from "./queue-journal.ts";

/** One of the queues kept in a SQLite file. */
export function localQueue({
  path,
  name,
  attemptsMax,
  clock,
  growthMax = journalGrowthMax,
}: {
  path: string;
  name: string;
  attemptsMax: number;
  clock: Clock;
  growthMax?: number;
}): Queue & { close(): void } {
  const database = Database.open(path);
  const journal = QueueJournal.of(database, { name, clock, growthMax });
  return {
    ...queueOf(journal, { attemptsMax, clock }),
    close: () => {
      for (const wake of journal.waiters) wake();
      database.close();
    },
  };
}
