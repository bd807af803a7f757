import { plan, turnOf, type UpgradeFacts } from "./plan.ts";

const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1, 0, minutes));
const old = "registry.example.org/agents:1.0.0";
const next = "registry.example.org/agents:1.1.0";
const facts = (change: Partial<UpgradeFacts> = {}): UpgradeFacts => ({
  own: "1.0.0",
  wanted: "1.1.0",
  turn: at(0),
  askedAt: null,
  image: old,
  notes: {},
  isRolledOut: true,
  isHeard: true,
  now: at(1),
  ...change,
});
const refused = { refused: next, refusedAt: at(12).toISOString() };
const underWay = { from: old, since: at(1).toISOString() };

test("begins with the version that is wanted, when it is its turn, and keeps in mind where it came from", () => {
  expect(plan(facts())).toEqual({ kind: "begin", image: next, notes: underWay });
  expect(plan(facts({ turn: at(2) }))).toBeNull();
  expect(plan(facts({ wanted: null }))).toBeNull();
  expect(plan(facts({ wanted: "1.0.0" }))).toBeNull();
});
test("does not begin while a change of somebody else is under way, nor with an image that is named otherwise", () => {
  expect(plan(facts({ isRolledOut: false }))).toBeNull();
  expect(plan(facts({ image: "registry.example.org/agents:mine" }))).toBeNull();
  expect(plan(facts({ image: `registry.example.org/agents@sha256:${"0".repeat(64)}` }))).toBeNull();
});
test("is done when all replicas are new and the platform has heard of a new one that leads", () => {
  const after = { image: next, notes: underWay, own: "1.1.0", wanted: null };
  expect(plan(facts(after))).toEqual({ kind: "done", image: next, notes: {} });
  expect(plan(facts({ ...after, isHeard: false }))).toBeNull();
  expect(plan(facts({ ...after, isRolledOut: false }))).toBeNull();
  expect(plan(facts({ ...after, own: "1.0.0" }))).toBeNull();
});
test("goes back when that has not come in time, whoever leads, and does not try that image again", () => {
  for (const own of ["1.0.0", "1.1.0"])
    for (const never of [{ isRolledOut: false }, { isHeard: false }]) {
      const stuck = facts({ image: next, notes: underWay, own, ...never });
      expect(plan({ ...stuck, now: at(11) })).toBeNull();
      expect(plan({ ...stuck, now: at(12) })).toEqual({ kind: "back", image: old, notes: refused });
    }
  expect(plan(facts({ notes: refused, now: at(20) }))).toBeNull();
  expect(plan(facts({ notes: refused, now: at(20), wanted: "1.1.1" }))).toMatchObject({ kind: "begin" });
});
test("begins at once when somebody asks for it, and tries again what failed before that", () => {
  expect(plan(facts({ turn: at(999), askedAt: at(1) }))).toMatchObject({ kind: "begin", image: next });
  expect(plan(facts({ notes: refused, now: at(20), askedAt: at(11) }))).toBeNull();
  expect(plan(facts({ notes: refused, now: at(20), askedAt: at(13) }))).toMatchObject({ kind: "begin", image: next });
  expect(plan(facts({ wanted: null, askedAt: at(1) }))).toBeNull();
});
test("P6: a thousand data centers take turns over a day, each at a time of its own, whenever it is asked", () => {
  const id = (n: number) => `dc_${String(n).padStart(16, "0")}`;
  const hours = new Map<number, number>();
  for (let n = 0; n < 1_000; n++) {
    const turn = turnOf(id(n), at(90));
    const waits = turn.getTime() - at(90).getTime();
    expect(waits).toBeGreaterThanOrEqual(0);
    expect(waits).toBeLessThan(24 * 3_600_000);
    expect(turnOf(id(n), new Date(turn.getTime() - 1))).toEqual(turn);
    hours.set(turn.getUTCHours(), (hours.get(turn.getUTCHours()) ?? 0) + 1);
  }
  expect(hours.size).toBe(24);
  expect(Math.max(...hours.values())).toBeLessThan(150);
});
