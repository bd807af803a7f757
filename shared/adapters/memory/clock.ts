import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../../ports/clock.ts";

export interface SteppedClock extends Clock {
  /** Moves time on, waking sleepers in order; each gets to run before time moves further. */
  advance(ms: number): Promise<void>;
}

/** `isBusy`: what was woken is still at work; time goes on when it is done. */
export function steppedClock(start = Date.UTC(2026, 0, 1), isBusy = () => false): SteppedClock {
  const settle = async () => {
    do await settled();
    while (isBusy());
  };
  let now = start;
  const sleepers = new Set<{ at: number; wake: () => void }>();
  const due = (until: number) => [...sleepers].filter((s) => s.at <= until).sort((a, b) => a.at - b.at)[0];
  return {
    now: () => new Date(now),
    monotonicMs: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted || ms <= 0) return resolve();
        const wake = () => {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        const sleeper = { at: now + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", wake, { once: true });
      }),
    advance: async (ms) => {
      const until = now + ms;
      await settle();
      for (let next = due(until); next; next = due(until)) {
        now = Math.max(now, next.at);
        next.wake();
        await settle();
      }
      now = until;
      await settle();
    },
  };
}

/** Long enough for chains of already resolved promises, and for a write to the local store, to run to their end. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await nextTurn();
}
