import type { Clock } from "../../shared/ports/clock.ts";

/** What a clock is told: the time it shows from now on, and how much faster than the real one it goes. */
export interface Pace {
  readonly at: number;
  readonly factor: number;
}
export interface HurriedClock extends Clock {
  set(pace: Pace): void;
}

/** A clock that can be told to hurry: every wait under way is over as much sooner. */
export function hurriedClock(pace: Pace): HurriedClock {
  let told = { ...pace, since: performance.now() };
  const sleepers = new Set<() => void>();
  const now = () => told.at + (performance.now() - told.since) * told.factor;
  return {
    now: () => new Date(now()),
    monotonicMs: now,
    set: (next) => {
      told = { ...next, since: performance.now() };
      for (const again of [...sleepers]) again();
    },
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const until = now() + ms;
        let timer: NodeJS.Timeout | undefined;
        const look = () => {
          clearTimeout(timer);
          if (now() < until && !signal?.aborted) {
            timer = setTimeout(look, (until - now()) / told.factor);
            return;
          }
          sleepers.delete(look);
          signal?.removeEventListener("abort", look);
          resolve();
        };
        sleepers.add(look);
        signal?.addEventListener("abort", look, { once: true });
        look();
      }),
  };
}
