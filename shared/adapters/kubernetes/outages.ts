import { isFault } from "../../base/fault.ts";

/** Of those that ask for a broken connection again: client-go's watches pause 60 s at most, an API server's own connections to its etcd 120. */
const pauseMaxMs = 120_000;
/** The first to answer after an outage: it has not read its own rules yet. */
const isStarting = (error: unknown): boolean => isFault(error, "forbidden") || isFault(error, "unauthenticated");

export interface Outages {
  /** Notes whether the API server took this write. */
  noted<T>(write: () => Promise<T>): Promise<T>;
  /** ms since the epoch. From then on all others have heard of what happened since the last outage; 0: there was none. */
  calmAt(): number;
}

/**
 * When the API server takes writes again after an outage, the other parts of the cluster do not hear of them yet: each pauses before it connects again,
 * up to twice as long as it has tried in vain (client-go: each pause is twice the one before, and as much again by chance).
 */
export function outages(now: () => number): Outages {
  let answeredAt = 0;
  let since: number | undefined;
  let calmAt = 0;
  /** Already while it goes on: a watch may tell what was written before the write itself is answered. */
  function hold(from: number): void {
    calmAt = Math.max(calmAt, now() + Math.min(2 * (now() - from), pauseMaxMs));
  }
  function answered(): void {
    if (since !== undefined) hold(since);
    since = undefined;
    answeredAt = now();
  }
  function failed(began: number): void {
    since ??= Math.max(began, answeredAt);
    hold(since);
  }
  return {
    async noted(write) {
      const began = now();
      try {
        const answer = await write();
        answered();
        return answer;
      } catch (error) {
        if (isFault(error, "unavailable")) failed(began);
        else if (!isStarting(error)) answered();
        throw error;
      }
    },
    calmAt: () => calmAt,
  };
}
