import { afterProbe } from "./life.ts";
import type { InstanceRecord } from "./record.ts";

const started = 1_000_000;
const starting = { state: "starting", readySince: null, startedAt: started, endpoints: [], streak: 0, quickExits: 0 };
const record = (given: Partial<InstanceRecord>) => ({ ...starting, ...given }) as InstanceRecord;
const healthy = { healthy: true, endpoints: [], signals: [] };
const seenAt = (now: number, lifeMs = 0) => ({ failures: 0, failuresMax: 3, lifeMs, now });

test("a first good look makes an instance ready", () => {
  expect(afterProbe(record({}), healthy, seenAt(started + 20))).toMatchObject({ state: "ready" });
});

test("W2: where there is no health to ask, it has to live for a while first", () => {
  expect(afterProbe(record({}), healthy, seenAt(started + 4_999, 5_000))).toBeNull();
  expect(afterProbe(record({}), healthy, seenAt(started + 5_000, 5_000))).toMatchObject({ state: "ready" });
});

test("W8: one that ended soon after its start is not taken for ready because it answers for a moment before it ends again", () => {
  const failing = record({ streak: 2, quickExits: 2 });
  expect(afterProbe(failing, healthy, seenAt(started + 20))).toBeNull();
  expect(afterProbe(failing, healthy, seenAt(started + 2_000))).toMatchObject({ state: "ready" });
});
