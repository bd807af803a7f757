import { symlink } from "node:fs/promises";
import * as fc from "fast-check";
import { localQueue } from "../../shared/adapters/local/queue.ts";
import { type SteppedClock, steppedClock } from "../../shared/adapters/memory/clock.ts";
import { memoryQueue } from "../../shared/adapters/memory/queue.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Leased, Queue } from "../../shared/ports/queue.ts";
import { temporaryDirectory } from "../temporary-directory.ts";

const attemptsMax = 3;
const leaseMs = 10_000;

type Step =
  | { do: "send"; tenant: string; key?: string; dedupe?: string; delayMs: number }
  | { do: "lease"; limit: number }
  | { do: "ack" | "retry" | "extend" | "bury"; which: number; delayMs: number }
  | { do: "redrive" }
  | { do: "wait"; ms: number }
  | { do: "set-back"; ms: number };

const tenant = fc.constantFrom("a", "a", "b");
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      tenant,
      key: fc.constantFrom(undefined, "k", "k", "l"),
      dedupe: fc.constantFrom(undefined, undefined, undefined, "d", "e"),
      delayMs: fc.constantFrom(0, 0, 0, 3_000, 60_000),
    }) as fc.Arbitrary<Step>,
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("lease" as const), limit: fc.integer({ min: 1, max: 10 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("ack", "ack", "ack", "retry", "extend", "bury" as const),
      which: fc.nat(4),
      delayMs: fc.constantFrom(0, 1_000, 20_000),
    }) as fc.Arbitrary<Step>,
  },
  { weight: 1, arbitrary: fc.constant({ do: "redrive" as const }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(1, 1, 1_000, 1_000, 10_001, 61_000, 300_001) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("set-back" as const), ms: fc.constantFrom(10_000, 3_600_000) }) },
);

interface Message {
  readonly body: string;
  readonly tenant: string;
  readonly key: string | undefined;
  attempt: number;
  visibleAt: number;
  receipt: string | undefined;
}

/** A clock that somebody sets. */
function settable(): SteppedClock & { setBack(ms: number): void } {
  const clock = steppedClock();
  let backMs = 0;
  return {
    ...clock,
    now: () => new Date(clock.now().getTime() - backMs),
    setBack: (ms) => {
      backMs += ms;
    },
  };
}

/** What must be true of any queue, written from the port's promises without looking at how either keeps them. */
async function run(steps: readonly Step[], queue: Queue, clock: ReturnType<typeof settable>): Promise<void> {
  let live: Message[] = [];
  let dead: Message[] = [];
  const receipts: string[] = [];
  const dedupes = new Map<string, number>();
  let count = 0;
  const now = () => clock.now().getTime();
  const isHead = (m: Message) => m.key === undefined || live.find((one) => one.tenant === m.tenant && one.key === m.key) === m;
  const settleLost = () => {
    for (let gone = lost(); gone; gone = lost()) bury(gone);
  };
  const lost = () => live.find((m) => m.attempt >= attemptsMax && m.visibleAt <= now());
  const bury = (m: Message) => {
    live = live.filter((one) => one !== m);
    dead.push(m);
  };
  const add = (body: string, options: { tenant: string; key: string | undefined; delayMs: number }) =>
    live.push({ body, ...options, attempt: 0, visibleAt: now() + options.delayMs, receipt: undefined });
  const taken = (leased: readonly Leased[], limit: number) => {
    settleLost();
    for (const { body, attempt, receipt } of leased) {
      const message = live.find((m) => m.body === body);
      if (!message) throw new Error(`${body} was handed out though it was done`);
      expect({ body, due: message.visibleAt <= now(), head: isHead(message), attempt }).toEqual({
        body,
        due: true,
        head: true,
        attempt: message.attempt + 1,
      });
      Object.assign(message, { attempt, visibleAt: now() + leaseMs, receipt });
      expect(receipts).not.toContain(receipt);
      receipts.push(receipt);
    }
    if (leased.length < limit) expect(live.filter((m) => m.visibleAt <= now() && isHead(m)).map((m) => m.body)).toEqual([]);
  };
  const held = (receipt: string) => live.find((m) => m.receipt === receipt);

  const act: { [K in Step["do"]]: (one: Extract<Step, { do: K }>) => Promise<void> } = {
    send: async ({ tenant: of, key, dedupe, delayMs }) => {
      const body = `m${++count}`;
      await queue.send(body, { tenant: of, delayMs, ...(key && { key }), ...(dedupe && { dedupe }) });
      const name = `${of} ${dedupe}`;
      if (dedupe && (dedupes.get(name) ?? 0) > now()) return;
      if (dedupe) dedupes.set(name, now() + 300_000);
      add(body, { tenant: of, key, delayMs });
    },
    lease: async ({ limit }) => taken(await queue.lease({ limit, leaseMs, waitMs: 0 }), limit),
    ack: async ({ which }) => {
      const receipt = receipts.at(-1 - (which % 5));
      if (!receipt) return;
      await queue.ack(receipt);
      live = live.filter((m) => m !== held(receipt));
    },
    bury: async ({ which }) => {
      const receipt = receipts.at(-1 - (which % 5));
      if (!receipt) return;
      await queue.bury({ receipt, body: "", tenant: "", attempt: 1 });
      const message = held(receipt);
      if (message) bury(message);
    },
    retry: async ({ which, delayMs }) => {
      const receipt = receipts.at(-1 - (which % 5));
      if (!receipt) return;
      await queue.retry(receipt, delayMs);
      const message = held(receipt);
      if (!message) return;
      if (message.attempt >= attemptsMax) bury(message);
      else Object.assign(message, { visibleAt: now() + delayMs, receipt: undefined });
    },
    extend: async ({ which }) => {
      const receipt = receipts.at(-1 - (which % 5));
      if (!receipt) return;
      const message = held(receipt);
      const extended = await queue.extend(receipt, leaseMs).then(
        () => true,
        () => false,
      );
      expect(extended).toBe(message !== undefined && message.visibleAt > now());
      if (message && extended) message.visibleAt = now() + leaseMs;
    },
    redrive: async () => {
      const moved = await queue.redrive(100);
      // A lost one is moved to the dead letters at the next lease at the latest: here either is right.
      expect(moved).toBeGreaterThanOrEqual(0);
      expect(moved).toBeLessThanOrEqual(dead.length);
      const back = dead.slice(0, moved);
      dead = dead.slice(moved);
      for (const m of back) add(m.body, { tenant: m.tenant, key: m.key, delayMs: 0 });
    },
    wait: ({ ms }) => clock.advance(ms),
    "set-back": async ({ ms }) => {
      // Both that are open look at the time a moment before and after, as who waits for messages does.
      const look = async () => {
        for (let at = 0; at < 2; at++) await queue.redrive(0);
      };
      await look();
      clock.setBack(ms);
      await look();
      for (const message of live) message.visibleAt -= ms;
      for (const [name, until] of dedupes) dedupes.set(name, until - ms);
    },
  };

  for (const one of steps) await act[one.do](one as never);
  while (live.length > 0) {
    const leased = await queue.lease({ limit: 10, leaseMs, waitMs: 0 });
    taken(leased, 10);
    for (const { receipt } of leased) {
      await queue.ack(receipt);
      live = live.filter((m) => m.receipt !== receipt);
    }
    await clock.advance(60_001);
    settleLost();
  }
  expect(await queue.lease({ limit: 10, leaseMs, waitMs: 0 })).toEqual([]);
  expect((await queue.deadLetters(1_000)).map((m) => m.body).sort()).toEqual(dead.map((m) => m.body).sort());
  expect(await queue.depth()).toBe(0);
}

const runs = Number(process.env.PLUVIA_RUNS ?? 300);
const open: Record<"memory" | "local", (clock: Clock) => Promise<{ queue: Queue; close(): Promise<void> }>> = {
  memory: async (clock) => ({ queue: memoryQueue({ clock, attemptsMax }), close: async () => {} }),
  local: async (clock) => {
    const directory = await temporaryDirectory();
    await symlink(directory.path, `${directory.path}/again`);
    // Under another path, as another process has it: what one does the other only reads. Compacted after every few steps.
    const [one, other] = [directory.path, `${directory.path}/again`].map((path) =>
      localQueue({ path: `${path}/queue.db`, name: "work", attemptsMax, clock, growthMax: 500 }),
    ) as [ReturnType<typeof localQueue>, ReturnType<typeof localQueue>];
    return {
      queue: inTurn(one, other),
      close: async () => {
        one.close();
        other.close();
        await directory.remove();
      },
    };
  },
};

/** Each call goes to the other one. */
function inTurn(one: Queue, other: Queue): Queue {
  let [next, after] = [one, other];
  return new Proxy(one, {
    get: (_, name: keyof Queue) => {
      [next, after] = [after, next];
      return next[name];
    },
  });
}

test.each(["memory", "local"] as const)(
  "Q4: whatever happens in whatever order, the %s queue keeps its promises and no message is lost or done twice",
  async (name) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 120 }), async (steps) => {
        const clock = settable();
        const { queue, close } = await open[name](clock);
        await run(steps, queue, clock).finally(close);
      }),
      { numRuns: name === "memory" ? runs : Math.ceil(runs / 6) },
    );
  },
);
