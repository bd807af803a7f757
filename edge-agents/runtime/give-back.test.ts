import { jest } from "@jest/globals";
import { performance } from "node:perf_hooks";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { giveBack } from "./give-back.ts";

const mib = 2 ** 20;

describe("memory that a burst has left", () => {
  const before = globalThis.gc;
  let heldMib = 0;
  let utilization = 0;
  let pauses = 0;
  beforeEach(() => {
    [heldMib, utilization, pauses] = [60, 0, 0];
    globalThis.gc = (() => {
      pauses += 1;
      heldMib = 60;
    }) as unknown as NonNullable<typeof globalThis.gc>;
    jest.spyOn(process.memoryUsage, "rss").mockImplementation(() => heldMib * mib);
    jest.spyOn(performance, "eventLoopUtilization").mockImplementation(() => ({ idle: 0, active: 0, utilization }));
  });
  afterEach(() => {
    jest.restoreAllMocks();
    Object.assign(globalThis, { gc: before });
  });
  const started = async () => {
    const clock = steppedClock();
    const stop = giveBack(clock, () => {});
    await clock.advance(0);
    expect(pauses).toBe(1);
    return { clock, stop };
  };

  test("goes back at the next look when it is much, and after a while when it is little", async () => {
    const { clock, stop } = await started();
    heldMib = 73;
    await clock.advance(20_000);
    expect(pauses).toBe(2);
    heldMib = 65;
    await clock.advance(100_000);
    expect(pauses).toBe(2);
    await clock.advance(20_000);
    expect(pauses).toBe(3);
    stop();
  });
  test("stays where next to nothing has come, however long it is, and while much is done", async () => {
    const { clock, stop } = await started();
    heldMib = 63;
    await clock.advance(600_000);
    heldMib = 120;
    utilization = 0.5;
    await clock.advance(60_000);
    expect(pauses).toBe(1);
    stop();
  });
});
