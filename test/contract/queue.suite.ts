import { type SteppedClock, steppedClock } from "../../shared/adapters/memory/clock.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Leased, Queue, SendOptions } from "../../shared/ports/queue.ts";

const attemptsMax = 3;
const tenant = "tnt_a";
const bodies = (leased: readonly Leased[]) => leased.map((m) => m.body);

/** What some servers cannot be asked for. minutes: that minutes or hours pass. receipts: that one whose lease is over does nothing. */
type Unkept = "turns" | "minutes" | "order" | "dedupe" | "receipts";
export interface QueueSuiteOptions {
  /** With a server that has a clock of its own: real time passes, this many times less of it. */
  readonly real?: { readonly faster: number };
  /** Promises that the adapter says it does not keep. */
  readonly unkept?: readonly Unkept[];
}

function realClock(faster: number): SteppedClock {
  const clock = systemClock();
  // A little more than was asked, as the server's clock ticks in its own steps; never much more than a lease.
  return { ...clock, advance: (ms) => clock.sleep(Math.min(ms, 30_001) / faster + 50) };
}

/** What every Queue promises (Q4). `attemptsMax` is 3. */
export function queueSuite(
  name: string,
  open: (options: { clock: Clock; attemptsMax: number }) => Promise<{ queue: Queue; close(): Promise<void> }>,
  { real, unkept = [] }: QueueSuiteOptions = {},
) {
  const faster = real?.faster ?? 1;
  const ms = (value: number): number => value / faster;
  const now = (clock: Clock) => (real ? expect.any(Date) : clock.now());
  const testUnless = (...promises: Unkept[]) => (promises.some((p) => unkept.includes(p)) ? test.skip : test);
  describe(`Queue: ${name}`, () => {
    let clock: SteppedClock;
    let queue: Queue;
    let close: () => Promise<void>;
    beforeEach(async () => {
      clock = real ? realClock(real.faster) : steppedClock();
      ({ queue, close } = await open({ clock, attemptsMax }));
    });
    afterEach(() => close());
    const send = (body: string, options: Partial<SendOptions> = {}) => queue.send(body, { tenant, ...options });
    const lease = (limit = 10, leaseMs = 30_000) => queue.lease({ limit, leaseMs: ms(leaseMs), waitMs: 0 });
    const leaseOne = async (leaseMs = 30_000): Promise<Leased> => {
      const [message] = await lease(1, leaseMs);
      if (!message) throw new Error("nothing was due");
      return message;
    };

    test("Q4: a message is handed out to one consumer only, and gone once acked", async () => {
      await send("one");
      const message = await leaseOne();
      expect(message).toMatchObject({ body: "one", attempt: 1, tenant, sentAt: now(clock) });
      expect(await lease()).toEqual([]);
      await queue.ack(message.receipt);
      await clock.advance(60_000);
      expect(await lease()).toEqual([]);
      expect(await queue.depth()).toBe(0);
    });
    testUnless("receipts")(
      "Q4: a message whose consumer died comes again when the lease ran out, and the dead one's receipt does nothing",
      async () => {
        await send("one");
        const dead = await leaseOne();
        await clock.advance(30_001);
        const second = await leaseOne();
        expect(second).toMatchObject({ id: dead.id, attempt: 2 });
        await queue.ack(dead.receipt);
        await queue.retry(dead.receipt, 0);
        await expect(queue.extend(dead.receipt, ms(1_000))).rejects.toMatchObject({ code: "conflict" });
        expect(await queue.depth()).toBe(1);
        await queue.ack(second.receipt);
        expect(await queue.depth()).toBe(0);
      },
    );
    testUnless("receipts")("an extended lease holds on; one that ran out cannot be extended", async () => {
      await send("one");
      const { receipt } = await leaseOne(20_000);
      await clock.advance(12_000);
      await queue.extend(receipt, ms(20_000));
      await clock.advance(12_000);
      expect(await lease()).toEqual([]);
      await clock.advance(8_001);
      await expect(queue.extend(receipt, ms(10_000))).rejects.toMatchObject({ code: "conflict" });
    });
    testUnless("receipts")("a retried message comes again after its delay, and the receipt is dead", async () => {
      await send("one");
      const { receipt } = await leaseOne();
      await queue.retry(receipt, ms(20_000));
      await queue.ack(receipt);
      await clock.advance(10_000);
      expect(await lease()).toEqual([]);
      await clock.advance(10_001);
      expect(await leaseOne()).toMatchObject({ body: "one", attempt: 2 });
    });
    test("Q4: a message nobody could handle is moved to the dead letters after its last attempt, and can be put back as new", async () => {
      await send("bad");
      await send("good");
      for (let attempt = 1; attempt <= attemptsMax; attempt++)
        for (const m of await lease()) await (m.body === "bad" ? queue.retry(m.receipt, 0) : queue.ack(m.receipt));
      expect(await lease()).toEqual([]);
      expect(await queue.deadLetters(10)).toMatchObject([{ body: "bad", tenant, attempts: attemptsMax, failedAt: now(clock) }]);
      expect(await queue.depth()).toBe(0);
      expect(await queue.redrive(10)).toBe(1);
      expect(await queue.deadLetters(10)).toEqual([]);
      expect(await leaseOne()).toMatchObject({ body: "bad", attempt: 1 });
    });
    test("Q4: a message that kills its consumers is moved to the dead letters too", async () => {
      await send("killer");
      for (let attempt = 1; attempt <= attemptsMax; attempt++) {
        expect(bodies(await lease())).toEqual(["killer"]);
        await clock.advance(30_001);
      }
      expect(await lease()).toEqual([]);
      expect(await queue.deadLetters(10)).toMatchObject([{ body: "killer" }]);
    });
    testUnless("order")(
      "Q4: messages of one key come one at a time, in the order sent, whatever happens to the first",
      async () => {
        for (const body of ["1", "2", "3"]) await send(body, { key: "k" });
        await send("other", { key: "l" });
        const first = await lease();
        expect(bodies(first).sort()).toEqual(["1", "other"]);
        const one = first.find((m) => m.body === "1");
        expect(one?.key).toBe("k");
        await queue.retry(one?.receipt ?? "", ms(20_000));
        expect(await lease()).toEqual([]);
        await clock.advance(20_001);
        const again = await leaseOne();
        expect(again.body).toBe("1");
        await queue.ack(again.receipt);
        const two = await leaseOne();
        expect(two.body).toBe("2");
        await queue.ack(two.receipt);
        expect(bodies(await lease())).toEqual(["3"]);
      },
    );
    testUnless("order")("Q4: a key goes on after its head became a dead letter", async () => {
      await send("bad", { key: "k" });
      await send("next", { key: "k" });
      for (let attempt = 1; attempt <= attemptsMax; attempt++) await queue.retry((await leaseOne()).receipt, 0);
      expect(bodies(await lease())).toEqual(["next"]);
    });
    testUnless("order")("Q4: what can never succeed is buried at once, and its key goes on", async () => {
      await send("bad", { key: "k" });
      await send("next", { key: "k" });
      await queue.bury(await leaseOne());
      expect(await queue.deadLetters(10)).toMatchObject([{ body: "bad", attempts: 1 }]);
      expect(bodies(await lease())).toEqual(["next"]);
    });
    test("one tenant's key does not hold up another's of the same name", async () => {
      await send("a", { key: "k" });
      await send("b", { key: "k", tenant: "tnt_b" });
      expect(bodies(await lease()).sort()).toEqual(["a", "b"]);
    });
    testUnless("order")("a delayed message of a key holds the ones behind it", async () => {
      await send("1", { key: "k", delayMs: ms(20_000) });
      await send("2", { key: "k" });
      expect(await lease()).toEqual([]);
      await clock.advance(20_001);
      const one = await leaseOne();
      expect(one.body).toBe("1");
      await queue.ack(one.receipt);
      expect(bodies(await lease())).toEqual(["2"]);
    });
    testUnless("minutes", "dedupe")(
      "Q4: the same dedupe id within 5 minutes is kept once, also after it was done; another tenant's is its own",
      async () => {
        await send("one", { dedupe: "d" });
        await queue.ack((await leaseOne()).receipt);
        await send("two", { dedupe: "d" });
        expect(await lease()).toEqual([]);
        await send("b", { dedupe: "d", tenant: "tnt_b" });
        expect(bodies(await lease())).toEqual(["b"]);
        await clock.advance(5 * 60_000 + 1);
        await send("three", { dedupe: "d" });
        expect(bodies(await lease())).toContain("three");
      },
    );
    test("Q4: a delayed message is not handed out before its time", async () => {
      await send("late", { delayMs: ms(20_000) });
      await send("now");
      expect(bodies(await lease())).toEqual(["now"]);
      expect(await queue.depth()).toBe(2);
      await clock.advance(20_001);
      expect(bodies(await lease())).toContain("late");
    });
    testUnless("minutes")("Q4: a delay may be of hours", async () => {
      const delayMs = 12 * 3_600_000;
      await send("late", { delayMs });
      await clock.advance(delayMs - 1);
      expect(await lease()).toEqual([]);
      await clock.advance(1);
      expect(await lease()).toMatchObject([{ body: "late", attempt: 1 }]);
    });
    testUnless("turns")("Q4: tenants take turns, however many messages each has", async () => {
      for (let at = 0; at < 50; at++) await send(`a${at}`, { tenant: "tnt_a" });
      for (let at = 0; at < 3; at++) await send(`b${at}`, { tenant: "tnt_b" });
      await send("c0", { tenant: "tnt_c" });
      const order: string[] = [];
      for (let at = 0; at < 8; at++) order.push((await leaseOne()).body);
      expect(order.slice(0, 3).sort()).toEqual(["a0", "b0", "c0"]);
      expect(order.slice(3, 5).sort()).toEqual(["a1", "b1"]);
      expect(order.slice(5, 7).sort()).toEqual(["a2", "b2"]);
      expect(order[7]).toBe("a3");
    });
    testUnless("turns")("Q4: a tenant that comes late gets the next turn", async () => {
      for (let at = 0; at < 30; at++) await send(`a${at}`);
      for (let at = 0; at < 10; at++) await leaseOne();
      await send("b", { tenant: "tnt_b" });
      expect([(await leaseOne()).body, (await leaseOne()).body]).toContain("b");
    });
    test("G5: a waiting consumer is woken by a send, by a delay that passed, and by an ack that frees a key", async () => {
      const waiting = () => queue.lease({ limit: 1, leaseMs: ms(30_000), waitMs: ms(20_000) });
      const first = waiting();
      await clock.advance(0);
      await send("1", { key: "k" });
      const [one] = await first;
      expect(one?.body).toBe("1");
      await send("2", { key: "k" });
      const second = waiting();
      await clock.advance(0);
      await queue.ack(one?.receipt ?? "");
      expect(bodies(await second)).toEqual(["2"]);
      await send("3", { delayMs: ms(2_000) });
      const third = waiting();
      await clock.advance(2_001);
      expect(bodies(await third)).toEqual(["3"]);
    });
    test("a wait ends empty when its time is up, or at once when it is aborted", async () => {
      const waiting = queue.lease({ limit: 1, leaseMs: ms(1_000), waitMs: ms(20_000) });
      await clock.advance(20_001);
      expect(await waiting).toEqual([]);
      const abort = new AbortController();
      const aborted = queue.lease({ limit: 1, leaseMs: ms(1_000), waitMs: ms(20_000), signal: abort.signal });
      abort.abort();
      expect(await aborted).toEqual([]);
    });
    test("limits hold: 256 KiB, 10 messages a lease, 12 hours of delay", async () => {
      await expect(send("é".repeat(131_073))).rejects.toMatchObject({ code: "too_large" });
      await expect(lease(11)).rejects.toMatchObject({ code: "internal" });
      await expect(send("x", { delayMs: 12 * 3_600_000 + 1 })).rejects.toMatchObject({ code: "internal" });
      await send("é".repeat(131_072));
      expect(await queue.depth()).toBe(1);
    });
  });
}
