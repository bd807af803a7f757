import type { Clock } from "../../ports/clock.ts";
import type { Leased, Queue } from "../../ports/queue.ts";
import { checkLimit, checkSend, leaseLost } from "./rules.ts";
import type { QueueState } from "./state.ts";

/** Who keeps a queue's state. */
export interface Keeper {
  /** Does the work on the newest state; resolves when what it changed outlives the process. */
  change<T>(work: (state: QueueState) => T): Promise<T>;
  /** Resolves when all that was changed before outlives a loss of power, too. */
  settle(): Promise<void>;
  /** The newest state, to look at. */
  look(): QueueState;
  /** All who wait for a change, whoever opened the queue for them. */
  readonly waiters: Set<() => void>;
  /** How long a change that wakes nobody may go unnoticed. */
  readonly unnoticedMsMax: number;
}

export function queueOf(keeper: Keeper, { attemptsMax, clock }: { attemptsMax: number; clock: Clock }): Queue {
  const now = () => clock.now().getTime();
  /** Who waits is woken as soon as it is asked, so that both are kept in one go. */
  const change = <T>(work: (state: QueueState) => T): Promise<T> => {
    const changed = keeper.change(work);
    for (const wake of keeper.waiters) wake();
    return changed;
  };
  /** For what its asker relies on. How far consumers have come is not: handling is repeated after other failures, too. */
  const keep = <T>(work: (state: QueueState) => T): Promise<T> =>
    change(work).then((changed) => keeper.settle().then(() => changed));

  return {
    send: async (body, options) => {
      checkSend(body, options);
      await change((state) => state.add(body, options));
      await keeper.settle();
    },
    lease: async ({ limit, leaseMs, waitMs, signal }) => {
      checkLimit(limit);
      const until = now() + waitMs;
      const takeOrWait = async (woken: AbortSignal): Promise<readonly Leased[] | undefined> => {
        const leased = await keeper.change((state) => state.take(limit, leaseMs, attemptsMax));
        if (leased.length > 0 || now() >= until) return leased;
        const next = Math.min(until, keeper.look().nextDueAt ?? until);
        await clock.sleep(Math.max(0, Math.min(next - now(), keeper.unnoticedMsMax)), woken);
        return undefined;
      };
      while (!signal?.aborted) {
        const leased = await listening(keeper.waiters, signal, takeOrWait);
        if (leased) return leased;
      }
      return [];
    },
    ack: (receipt) => change((state) => state.remove(receipt)),
    retry: (receipt, delayMs) => change((state) => state.giveBack(receipt, delayMs, attemptsMax)),
    bury: ({ receipt }) => keep((state) => state.bury(receipt)),
    extend: async (receipt, leaseMs) => {
      if (!(await change((state) => state.extend(receipt, leaseMs)))) throw leaseLost();
    },
    deadLetters: async (limit) => keeper.look().deadLetters(limit),
    redrive: (limit) => keep((state) => state.redrive(limit)),
    depth: async () => keeper.look().depth,
  };
}

/** Its work is woken by whatever changes from its beginning on, and when its asker gives up. */
async function listening<T>(
  waiters: Set<() => void>,
  signal: AbortSignal | undefined,
  work: (woken: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  // With a reason: to make the one it would have otherwise, an error with a stack, takes longer than a lease.
  const wake = () => controller.abort("woken");
  waiters.add(wake);
  signal?.addEventListener("abort", wake, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    waiters.delete(wake);
    signal?.removeEventListener("abort", wake);
  }
}
