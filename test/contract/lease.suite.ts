import { type SteppedClock, steppedClock } from "../../shared/adapters/memory/clock.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Lease } from "../../shared/ports/lease.ts";

/** What every Lease promises. */
export function leaseSuite(name: string, open: (clock: Clock) => Promise<{ lease: Lease; close(): Promise<void> }>) {
  describe(`Lease: ${name}`, () => {
    let clock: SteppedClock;
    let lease: Lease;
    let close: () => Promise<void>;
    beforeEach(async () => {
      clock = steppedClock();
      ({ lease, close } = await open(clock));
    });
    afterEach(() => close());

    test("of many that ask at once, one gets it", async () => {
      const tokens = await Promise.all(Array.from({ length: 20 }, (_, at) => lease.acquire("sweep", `owner ${at}`, 1_000)));
      expect(tokens.filter((token) => token !== undefined)).toHaveLength(1);
    });
    test("its owner renews it with the same token; others wait until it ran out and get a higher one", async () => {
      const token = await lease.acquire("sweep", "a", 1_000);
      await clock.advance(900);
      expect(await lease.acquire("sweep", "a", 1_000)).toBe(token);
      await clock.advance(900);
      expect(await lease.acquire("sweep", "b", 1_000)).toBeUndefined();
      await clock.advance(101);
      expect(await lease.holder("sweep")).toBeUndefined();
      const next = await lease.acquire("sweep", "b", 1_000);
      expect(next).toBeGreaterThan(token ?? Number.POSITIVE_INFINITY);
      expect(await lease.holder("sweep")).toEqual({ owner: "b", token: next });
    });
    test("an owner that lost it and gets it back has a higher token", async () => {
      const token = await lease.acquire("sweep", "a", 1_000);
      await clock.advance(1_001);
      expect(await lease.acquire("sweep", "a", 1_000)).toBeGreaterThan(token ?? Number.POSITIVE_INFINITY);
    });
    test("a released lease is free at once; only its owner can release it; tokens still grow", async () => {
      const token = await lease.acquire("sweep", "a", 1_000);
      await lease.release("sweep", "b");
      expect(await lease.acquire("sweep", "b", 1_000)).toBeUndefined();
      await lease.release("sweep", "a");
      expect(await lease.acquire("sweep", "b", 1_000)).toBeGreaterThan(token ?? Number.POSITIVE_INFINITY);
    });
    test("leases of other names are others", async () => {
      await lease.acquire("one", "a", 1_000);
      expect(await lease.acquire("two", "b", 1_000)).toBeDefined();
    });
  });
}
