import { temporaryDirectory } from "../../../test/temporary-directory.ts";
import { steppedClock } from "../memory/clock.ts";
import { localQueue } from "./queue.ts";

const hourMs = 3_600_000;
const leaseMs = 10_000;
type Queue = ReturnType<typeof localQueue>;

/** A queue whose processes end and start, by clocks of which each shows what it is set to. `growthMax` of 0: compacted at every step. */
async function world(growthMax?: number) {
  const directory = await temporaryDirectory();
  const start = (at: number): [Queue, ReturnType<typeof steppedClock>] => {
    const clock = steppedClock(at);
    const path = `${directory.path}/queue.db`;
    return [localQueue({ path, name: "work", attemptsMax: 2, clock, ...(growthMax !== undefined && { growthMax }) }), clock];
  };
  return { start, remove: () => directory.remove() };
}
const lease = async (queue: Queue) => (await queue.lease({ limit: 10, leaseMs, waitMs: 0 })).map(({ body }) => body);
const now = Date.UTC(2026, 0, 1);

describe.each([
  ["as it was written", undefined],
  ["compacted", 0],
])("Q4: a clock that is set back while no process runs, a journal %s", (_, growthMax) => {
  test("holds nothing up: what is delayed, and what a process that is gone had leased, is due as soon as it would have been", async () => {
    const { start, remove } = await world(growthMax);
    const [before, clock] = start(now);
    await before.send("leased", { tenant: "t" });
    await clock.advance(hourMs);
    expect(await lease(before)).toEqual(["leased"]);
    await before.send("delayed", { tenant: "t", delayMs: 60_000 });
    before.close();
    for (const backMs of [hourMs / 2, hourMs]) {
      const [between] = start(now + hourMs - backMs);
      expect(await lease(between)).toEqual([]);
      between.close();
    }
    const [after, later] = start(now);
    await later.advance(leaseMs);
    expect(await lease(after)).toEqual(["leased"]);
    await later.advance(60_000 - leaseMs);
    expect(await lease(after)).toEqual(["delayed"]);
    after.close();
    await remove();
  });
});

test.each([undefined, 0])(
  "Q4: who starts anew hands nothing out that was lost as often as it may be (growthMax %s)",
  async (growthMax) => {
    const { start, remove } = await world(growthMax);
    const [before, clock] = start(now);
    await before.send("lost", { tenant: "t" });
    for (let time = 0; time < 2; time++) {
      expect(await lease(before)).toEqual(["lost"]);
      await clock.advance(leaseMs + 1);
    }
    // So many that the journal is compacted meanwhile.
    const next = Array.from({ length: 9 }, (_, n) => `next ${n}`);
    for (const body of next) await before.send(body, { tenant: "t" });
    before.close();
    const [after] = start(now + hourMs);
    expect(await lease(after)).toEqual(next);
    expect((await after.deadLetters(10)).map(({ body }) => body)).toEqual(["lost"]);
    after.close();
    await remove();
  },
);
