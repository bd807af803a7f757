import { type SteppedClock, steppedClock } from "../memory/clock.ts";
import type { Client } from "./client.ts";
import { kubernetesLease } from "./lease.ts";
import type { KubernetesObject } from "./object.ts";

const [ttlMs, hourMs] = [15_000, 3_600_000];
let clock: SteppedClock;
let setMs: number;
let client: Client;
beforeEach(() => {
  clock = steppedClock();
  setMs = 0;
  let stored: KubernetesObject | null = null;
  let version = 0;
  const write = async (object: KubernetesObject) => {
    version += 1;
    stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    return stored;
  };
  client = { get: async () => stored, create: write, apply: write } as unknown as Client;
});
const holder = () => kubernetesLease({ client, namespace: "pluvia", clock });
/** Of a machine whose clock is set by `setMs`. */
const other = () =>
  kubernetesLease({
    client,
    namespace: "pluvia",
    clock: { ...clock, now: () => new Date(clock.now().getTime() + setMs) },
  });

test("P9: a lease that is held is not taken over, though the clock of who would is set forward", async () => {
  const [a, b] = [holder(), other()];
  await a.acquire("leader", "a", ttlMs);
  expect(await b.acquire("leader", "b", ttlMs)).toBeUndefined();
  setMs = hourMs;
  await clock.advance(1_000);
  expect(await b.acquire("leader", "b", ttlMs)).toBeUndefined();
});
test("P9: a lease that has run out is taken over in time, though the clock of who does is set back", async () => {
  const [a, b] = [holder(), other()];
  const token = await a.acquire("leader", "a", ttlMs);
  expect(await b.acquire("leader", "b", ttlMs)).toBeUndefined();
  setMs = -hourMs;
  await clock.advance(ttlMs + 1);
  expect(await b.acquire("leader", "b", ttlMs)).toBeGreaterThan(Number(token));
});
