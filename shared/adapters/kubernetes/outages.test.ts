import { Fault } from "../../base/fault.ts";
import { outages } from "./outages.ts";

type Code = "unavailable" | "conflict" | "forbidden";
const refused = (code: Code) => () => Promise.reject(new Fault(code, "no"));
function setUp() {
  let now = 1_000_000;
  const { noted, calmAt } = outages(() => now);
  return {
    calmAt,
    takes: () => noted(async () => {}),
    /** A write that fails after so long. */
    async fails(afterMs: number, code: Code = "unavailable") {
      const write = noted(async () => {
        now += afterMs;
        return refused(code)();
      });
      await expect(write).rejects.toMatchObject({ code });
    },
    /** A write under way; it fails when that is called. */
    hangs() {
      let fail = (_: Error): void => {};
      const write = noted(() => new Promise<void>((_, reject) => (fail = reject)));
      return async () => {
        fail(new Fault("unavailable", "no"));
        await expect(write).rejects.toMatchObject({ code: "unavailable" });
      };
    },
    wait: (ms: number) => (now += ms),
    now: () => now,
  };
}

test("others are back after twice as long as it was away", async () => {
  const { takes, fails, wait, calmAt, now } = setUp();
  await takes();
  expect(calmAt()).toBe(0);
  await fails(5_000);
  wait(1_000);
  await fails(4_000);
  await takes();
  expect(calmAt()).toBe(now() + 20_000);
  wait(60_000);
  await takes();
  expect(calmAt()).toBe(now() - 40_000);
});

test("never longer than the longest pause", async () => {
  const { takes, fails, wait, calmAt, now } = setUp();
  await fails(30_000);
  wait(3_600_000);
  await takes();
  expect(calmAt()).toBe(now() + 120_000);
});

test("already while it is away", async () => {
  const { fails, calmAt, now } = setUp();
  await fails(5_000);
  expect(calmAt()).toBe(now() + 10_000);
});

test("one write that fails though others are taken is no long outage", async () => {
  const { takes, fails, wait, calmAt, now, hangs } = setUp();
  const ended = hangs();
  wait(30_000);
  await takes();
  wait(1_000);
  await ended();
  expect(calmAt()).toBe(now() + 2_000);
  await takes();
  await fails(0);
  expect(calmAt()).toBe(now() + 2_000);
});

test("a refusal is an answer", async () => {
  const { fails, calmAt, now } = setUp();
  await fails(10, "conflict");
  expect(calmAt()).toBe(0);
  await fails(2_000);
  await fails(0, "conflict");
  expect(calmAt()).toBe(now() + 4_000);
});

test("one that has only begun to answer refuses everything at first", async () => {
  const { takes, fails, calmAt, now } = setUp();
  await fails(2_000);
  await fails(1_000, "forbidden");
  await takes();
  expect(calmAt()).toBe(now() + 6_000);
});
