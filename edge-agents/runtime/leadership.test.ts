import { type SteppedClock, steppedClock } from "../../shared/adapters/memory/clock.ts";
import { memoryLease } from "../../shared/adapters/memory/lease.ts";
import type { Lease } from "../../shared/ports/lease.ts";
import { type Leadership, leadership, type Term } from "./leadership.ts";

const ttlMs = 15_000;
let clock: SteppedClock;
let lease: Lease;
/** Terms that have begun and not yet ended. */
let leading: Term[];
const replicas: Leadership[] = [];
beforeEach(() => {
  clock = steppedClock();
  lease = memoryLease({ clock });
  leading = [];
});
afterEach(async () => {
  for (const replica of replicas.splice(0)) await replica.stop();
});

/** Its server does not answer while it is `away`. */
const breakableLease = (is: { readonly away: boolean }): Lease => ({
  ...lease,
  acquire: (...args) => (is.away ? Promise.reject(new Error("no answer")) : lease.acquire(...args)),
});

function replica(owner: string, through: Lease = lease, begin = async (_term: Term): Promise<void> => {}): Leadership {
  const made = leadership({
    lease: through,
    name: "leader",
    owner,
    ttlMs,
    clock,
    lead: async (term) => {
      await begin(term);
      leading.push(term);
      return { stop: async () => void leading.splice(leading.indexOf(term), 1) };
    },
    log: () => {},
  });
  replicas.push(made);
  return made;
}

test("P9: one of many replicas leads, and goes on leading", async () => {
  const all = ["a", "b", "c"].map((owner) => replica(owner));
  await clock.advance(10 * ttlMs);
  expect(all.filter((one) => one.leads())).toHaveLength(1);
  expect(leading.map((term) => term.token)).toEqual([1]);
});

test("P9: a replica that cannot renew has stopped before another can lead, and says so at every write", async () => {
  const broken = { away: false };
  const a = replica("a", breakableLease(broken));
  await clock.advance(1_000);
  const b = replica("b");
  expect(a.token()).toBe(1);
  broken.away = true;
  for (let waited = 0; !b.leads(); waited += 100) {
    expect(waited).toBeLessThan(3 * ttlMs);
    await clock.advance(100);
    expect([a, b].filter((one) => one.leads()).length).toBeLessThan(2);
    expect(leading.length).toBeLessThan(2);
  }
  expect(() => a.token()).toThrow(expect.objectContaining({ code: "conflict" }));
  expect(b.token()).toBe(2);
  expect(leading.map((term) => term.token)).toEqual([2]);
});

test("P9: a clock that is set back makes no term longer", async () => {
  const broken = { away: false, setBackMs: 0 };
  const a = leadership({
    lease: breakableLease(broken),
    name: "leader",
    owner: "a",
    ttlMs,
    clock: { ...clock, now: () => new Date(clock.now().getTime() - broken.setBackMs) },
    lead: async () => ({ stop: async () => {} }),
    log: () => {},
  });
  replicas.push(a);
  await clock.advance(1_000);
  const b = replica("b");
  Object.assign(broken, { away: true, setBackMs: 3_600_000 });
  while (!b.leads()) await clock.advance(100);
  expect(a.leads()).toBe(false);
});

test("a lease that hangs ends the term in time too", async () => {
  const hanging = { now: false };
  const a = replica("a", {
    ...lease,
    acquire: (...args) =>
      hanging.now ? new Promise((resolve) => void clock.sleep(60_000).then(() => resolve(undefined))) : lease.acquire(...args),
  });
  await clock.advance(1_000);
  expect(a.leads()).toBe(true);
  hanging.now = true;
  await clock.advance(ttlMs);
  expect(a.leads()).toBe(false);
  expect(leading).toEqual([]);
  hanging.now = false;
  await clock.advance(60_000);
});

test("P9: no two terms have one token, though the lease outlived the first", async () => {
  const broken = { away: false };
  const tokens: number[] = [];
  const a = replica("a", breakableLease(broken), async ({ token }) => void tokens.push(token));
  await clock.advance(1_000);
  broken.away = true;
  while (a.leads()) await clock.advance(100);
  broken.away = false;
  await clock.advance(ttlMs);
  expect(a.leads()).toBe(true);
  expect(tokens).toEqual([1, 2]);
});

test("P9: a term begins when the one before has stopped, however long that takes", async () => {
  const broken = { away: false };
  const stopped = Promise.withResolvers<void>();
  const begun: number[] = [];
  const a = leadership({
    lease: breakableLease(broken),
    name: "leader",
    owner: "a",
    ttlMs,
    clock,
    lead: async ({ token }) => {
      begun.push(token);
      return { stop: () => (token === 1 ? stopped.promise : Promise.resolve()) };
    },
    log: () => {},
  });
  replicas.push(a);
  await clock.advance(1_000);
  broken.away = true;
  while (a.leads()) await clock.advance(100);
  broken.away = false;
  await clock.advance(4 * ttlMs);
  const before = { begun: [...begun], leads: a.leads() };
  stopped.resolve();
  await clock.advance(ttlMs);
  expect(before).toEqual({ begun: [1], leads: false });
  expect({ begun, leads: a.leads() }).toEqual({ begun: [1, 2], leads: true });
});

test("a replica that could not begin to lead gives the lease back: it, or another, leads then", async () => {
  let isBroken = true;
  const begin = async () => {
    if (isBroken) throw new Error("the disk is full");
  };
  const a = replica("a", lease, begin);
  await clock.advance(ttlMs);
  expect(leading).toEqual([]);
  isBroken = false;
  await clock.advance(ttlMs);
  expect(a.leads()).toBe(true);
  expect(leading).toHaveLength(1);
});

test("a replica stops though the lease cannot be given back", async () => {
  const a = replica("a", { ...lease, release: () => Promise.reject(new Error("no answer")) });
  await clock.advance(1_000);
  await Promise.all([a.stop(), clock.advance(1)]);
  expect(leading).toEqual([]);
});

test("a replica that stops hands over at once", async () => {
  const a = replica("a");
  await clock.advance(1_000);
  const b = replica("b");
  await clock.advance(1_000);
  expect(b.leads()).toBe(false);
  await Promise.all([a.stop(), clock.advance(1)]);
  expect(leading).toEqual([]);
  await clock.advance(ttlMs / 5);
  expect(b.leads()).toBe(true);
});
