import type { Clock } from "../../ports/clock.ts";
import type { Queue } from "../../ports/queue.ts";
import { queueOf } from "../queue/queue.ts";
import { QueueState } from "../queue/state.ts";

export function memoryQueue({ clock, attemptsMax = 5 }: { clock: Clock; attemptsMax?: number }): Queue {
  const state = new QueueState();
  const keeper = {
    change: async <T>(work: (state: QueueState) => T) => {
      state.tick(clock.now().getTime());
      const result = work(state);
      state.told();
      return result;
    },
    settle: async () => {},
    look: () => state,
    waiters: new Set<() => void>(),
    unnoticedMsMax: Number.POSITIVE_INFINITY,
  };
  return queueOf(keeper, { clock, attemptsMax });
}
