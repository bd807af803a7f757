import type { Clock } from "../../ports/clock.ts";
import type { DeadLetter, Leased, Queue, SendOptions } from "../../ports/queue.ts";
import { checkLimit, checkSend, dedupeMs, leaseLost } from "../queue-rules.ts";

interface Message extends SendOptions {
  readonly id: string;
  readonly body: string;
  readonly sentAt: number;
  visibleAt: number;
  attempt: number;
  leased: boolean;
}

export function memoryQueue({ clock, attemptsMax = 5 }: { clock: Clock; attemptsMax?: number }): Queue {
  let messages: Message[] = [];
  let dead: (DeadLetter & { options: SendOptions })[] = [];
  const dedupes = new Map<string, number>();
  const waiters = new Set<() => void>();
  /** The tenant served longest ago is first. */
  const served: string[] = [];
  let count = 0;
  const now = () => clock.now().getTime();
  const wake = () => {
    for (const waiter of waiters) waiter();
  };

  const add = (body: string, options: SendOptions) => {
    messages.push({
      ...options,
      id: String(++count),
      body,
      sentAt: now(),
      visibleAt: now() + (options.delayMs ?? 0),
      attempt: 0,
      leased: false,
    });
    wake();
  };
  const bury = (message: Message) => {
    messages = messages.filter((m) => m !== message);
    const { id, body, tenant, attempt } = message;
    dead.push({
      id,
      body,
      tenant,
      attempts: attempt,
      failedAt: clock.now(),
      options: { tenant, ...(message.key === undefined ? {} : { key: message.key }) },
    });
    wake();
  };
  const isHead = (message: Message) =>
    message.key === undefined || messages.find((m) => m.tenant === message.tenant && m.key === message.key) === message;
  const due = () => messages.filter((m) => m.visibleAt <= now() && isHead(m));
  const rank = (message: Message) => served.indexOf(message.tenant);
  const takeOne = (leaseMs: number): Leased | undefined => {
    const next = due().reduce<Message | undefined>(
      (best, m) => (best === undefined || rank(m) < rank(best) ? m : best),
      undefined,
    );
    if (!next) return undefined;
    if (rank(next) >= 0) served.splice(rank(next), 1);
    served.push(next.tenant);
    next.attempt++;
    next.leased = true;
    next.visibleAt = now() + leaseMs;
    const { id, body, attempt, tenant, key } = next;
    return {
      id,
      receipt: `${id}.${attempt}`,
      body,
      attempt,
      sentAt: new Date(next.sentAt),
      tenant,
      ...(key === undefined ? {} : { key }),
    };
  };
  const take = (limit: number, leaseMs: number): Leased[] => {
    for (const message of due()) if (message.attempt >= attemptsMax) bury(message);
    const leased: Leased[] = [];
    for (let next = takeOne(leaseMs); next; next = leased.length < limit ? takeOne(leaseMs) : undefined) leased.push(next);
    return leased;
  };
  const held = (receipt: string) => messages.find((m) => m.leased && `${m.id}.${m.attempt}` === receipt);
  const wait = async (until: number, signal: AbortSignal | undefined) => {
    const woken = new AbortController();
    const end = () => woken.abort();
    waiters.add(end);
    signal?.addEventListener("abort", end, { once: true });
    const next = Math.min(until, ...messages.filter(isHead).map((m) => m.visibleAt));
    await clock.sleep(next - now(), woken.signal);
    waiters.delete(end);
    signal?.removeEventListener("abort", end);
  };

  return {
    send: async (body, options) => {
      checkSend(body, options);
      const name = JSON.stringify([options.tenant, options.dedupe]);
      if (options.dedupe !== undefined && (dedupes.get(name) ?? 0) > now()) return;
      if (options.dedupe !== undefined) dedupes.set(name, now() + dedupeMs);
      add(body, options);
    },
    lease: async ({ limit, leaseMs, waitMs, signal }) => {
      checkLimit(limit);
      const until = now() + waitMs;
      while (!signal?.aborted) {
        const leased = take(limit, leaseMs);
        if (leased.length > 0 || now() >= until) return leased;
        await wait(until, signal);
      }
      return [];
    },
    ack: async (receipt) => {
      const message = held(receipt);
      messages = messages.filter((m) => m !== message);
      wake();
    },
    retry: async (receipt, delayMs) => {
      const message = held(receipt);
      if (!message) return;
      if (message.attempt >= attemptsMax) return bury(message);
      message.leased = false;
      message.visibleAt = now() + delayMs;
      wake();
    },
    bury: async ({ receipt }) => {
      const message = held(receipt);
      if (message) bury(message);
    },
    extend: async (receipt, leaseMs) => {
      const message = held(receipt);
      if (!message || message.visibleAt <= now()) throw leaseLost();
      message.visibleAt = now() + leaseMs;
    },
    deadLetters: async (limit) => dead.slice(0, limit).map(({ options: _, ...letter }) => letter),
    redrive: async (limit) => {
      const back = dead.slice(0, limit);
      dead = dead.slice(limit);
      for (const { body, options } of back) add(body, options);
      return back.length;
    },
    depth: async () => messages.length,
  };
}
