import type { Clock } from "../../ports/clock.ts";
import type { Queue } from "../../ports/queue.ts";
import { checkLimit, checkSend, leaseLost } from "../queue-rules.ts";
import { Database, type Survives } from "./database.ts";
import { type QueueStore, queueStore } from "./queue-store.ts";

/** How soon a waiting lease notices what another process sent. Within a process it is woken at once. */
const otherProcessMs = 1_000;

/** Shared by all who open the same queue in a process, so that a sender can wake whoever waits. */
const waitersOf = new WeakMap<Database, Map<string, Set<() => void>>>();

/** One of the queues kept in a SQLite file. */
export function localQueue({
  path,
  name,
  attemptsMax,
  clock,
}: {
  path: string;
  name: string;
  attemptsMax: number;
  clock: Clock;
}): Queue & { close(): void } {
  const database = Database.open(path);
  const store = queueStore(database, { name, attemptsMax });
  const waiters = waitersFor(database, name);
  const now = () => clock.now().getTime();
  const wake = () => {
    for (const waiter of waiters) waiter();
  };
  /** Who waits is woken before the commit, so that it takes the message in the same one. */
  const change = <T>(work: (at: number) => T, survives: Survives): Promise<T> => {
    const result = database.commit(() => work(now()), survives);
    wake();
    return result;
  };
  /** Consumers see it at once; who asked for it hears of it when it is on the disk. */
  const keep = <T>(work: (at: number) => T): Promise<T> => change(work, "power-loss-once-told");
  /** How far consumers have come: a loss of power may make them handle again what they did in its last moments, as any failure may. */
  const progress = <T>(work: (at: number) => T): Promise<T> => change(work, "process-end");

  return {
    send: async (body, options) => {
      checkSend(body, options);
      await keep((at) => store.add(body, options, at));
    },
    lease: async ({ limit, leaseMs, waitMs, signal }) => {
      checkLimit(limit);
      const until = now() + waitMs;
      while (!signal?.aborted) {
        const version = database.version();
        const leased = await database.commit(() => store.take(limit, leaseMs, now()), "process-end");
        if (leased.length > 0 || now() >= until) return leased;
        await waitForWork({ clock, database, store, waiters, version, until, signal });
      }
      return [];
    },
    ack: (receipt) => progress((at) => store.remove(receipt, at)),
    retry: (receipt, delayMs) => progress((at) => store.giveBack(receipt, at + delayMs, at)),
    bury: ({ receipt }) => keep((at) => store.bury(receipt, at)),
    extend: async (receipt, leaseMs) => {
      if (!(await progress((at) => store.extend(receipt, at + leaseMs, at)))) throw leaseLost();
    },
    deadLetters: async (limit) => store.deadLetters(limit),
    redrive: (limit) => keep((at) => store.redrive(limit, at)),
    depth: async () => store.depth(),
    close: () => {
      wake();
      database.close();
    },
  };
}

function waitersFor(database: Database, name: string): Set<() => void> {
  const byName = waitersOf.get(database) ?? new Map<string, Set<() => void>>();
  waitersOf.set(database, byName);
  const waiters = byName.get(name) ?? new Set();
  byName.set(name, waiters);
  return waiters;
}

interface Wait {
  clock: Clock;
  database: Database;
  store: QueueStore;
  waiters: Set<() => void>;
  version: number;
  until: number;
  signal: AbortSignal | undefined;
}

/** Until a sender of this process wakes us, the next delayed message falls due, another process wrote, or time is up. */
async function waitForWork({ clock, database, store, waiters, version, until, signal }: Wait): Promise<void> {
  if (signal?.aborted) return;
  const woken = new AbortController();
  const wake = () => woken.abort();
  waiters.add(wake);
  signal?.addEventListener("abort", wake, { once: true });
  try {
    while (!woken.signal.aborted) {
      const at = clock.now().getTime();
      const next = Math.min(until, store.nextDueAt() ?? until);
      if (next <= at || database.version() !== version) return;
      await clock.sleep(Math.min(next - at, otherProcessMs), woken.signal);
    }
  } finally {
    waiters.delete(wake);
    signal?.removeEventListener("abort", wake);
  }
}
