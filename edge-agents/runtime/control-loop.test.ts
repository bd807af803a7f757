import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { type Controller, run, wakeKeys } from "./control-loop.ts";

/** Wants `a` and `b`; a step that `apply` does not fail is done. */
function loop(apply: (step: string) => Promise<void>, told: () => void = () => {}) {
  const clock = steppedClock();
  const ending = new AbortController();
  const applied: string[] = [];
  const blind: unknown[] = [];
  const controller: Controller<readonly string[], readonly string[], string, string> = {
    desired: async (of) => ["a", "b"].filter((each) => !of || of.has(each)),
    observe: async () => applied,
    plan: (desired, observed) => desired.filter((each) => !observed.includes(each)),
    keyOf: (step) => step,
    apply: async (step) => {
      await clock.sleep(1);
      await apply(step);
      applied.push(step);
    },
    report: async (outcome) => {
      if (outcome.kind === "blind") blind.push(outcome.error);
      if (outcome.kind === "failed") told();
    },
  };
  const parts = {
    clock,
    wake: wakeKeys<string>(),
    resyncMs: 60_000,
    retry: { baseMs: 250, maxMs: 15_000 },
    atOnce: 2,
    signal: ending.signal,
  };
  const running = run(controller, parts);
  const stop = async () => {
    ending.abort();
    await Promise.all([running, clock.advance(1)]);
  };
  return { clock, applied, blind, stop };
}

test("P9: what failed is tried again, though it could not be told", async () => {
  let isBroken = true;
  const { clock, applied, blind, stop } = loop(
    async (step) => {
      if (step === "a" && isBroken) throw new Error("the cluster does not answer");
    },
    () => {
      throw new Error("nor can it be looked at");
    },
  );
  await clock.advance(100);
  expect(applied).toEqual(["b"]);
  expect(blind).toMatchObject([{ message: "nor can it be looked at" }]);
  isBroken = false;
  await clock.advance(15_000);
  expect(applied).toEqual(["b", "a"]);
  await stop();
});

test("what fails again and again is tried ever more rarely, and soon when it fails for the first time", async () => {
  let tries = 0;
  const { clock, applied, stop } = loop(async (step) => {
    if (step !== "a") return;
    tries += 1;
    throw new Error("the cluster does not answer");
  });
  await clock.advance(1_000);
  expect(tries).toBe(3);
  await clock.advance(3_600_000 - 1_000);
  expect(tries).toBeLessThan(3_600 / 5);
  expect(applied).toEqual(["b"]);
  await stop();
});

test("R1: a look that fails is made up for soon, at everything", async () => {
  const clock = steppedClock();
  const stopping = new AbortController();
  const wake = wakeKeys<string>();
  const looked: (readonly string[] | "all")[] = [];
  let isBroken = false;
  const controller = {
    desired: async () => [],
    observe: async (of: ReadonlySet<string> | undefined) => {
      looked.push(of ? [...of] : "all");
      if (isBroken) throw new Error("the cluster does not answer");
    },
    plan: () => [],
    keyOf: () => "",
    apply: async () => {},
    report: async () => {},
  };
  const parts = { clock, wake, resyncMs: 60_000, retry: { baseMs: 250, maxMs: 15_000 }, atOnce: 1, signal: stopping.signal };
  const running = run(controller, parts);
  await clock.advance(1);
  isBroken = true;
  wake.wake(new Set(["cmp_1"]));
  await clock.advance(1);
  isBroken = false;
  await clock.advance(15_000);
  expect(looked).toEqual(["all", ["cmp_1"], "all"]);
  stopping.abort();
  await running;
});

test("R1: a change noticed while the loop looks by itself is looked at right after, not at the next time", async () => {
  const clock = steppedClock();
  const wake = wakeKeys<string>();
  const stopping = new AbortController();
  const looked: (readonly string[] | "all")[] = [];
  let during = (): void => {};
  const controller = {
    desired: async () => [],
    observe: async (of: ReadonlySet<string> | undefined) => {
      looked.push(of ? [...of] : "all");
      during();
      during = () => {};
    },
    plan: () => [],
    keyOf: () => "",
    apply: async () => {},
    report: async () => {},
  };
  const running = run(controller, {
    clock,
    wake,
    resyncMs: 60_000,
    retry: { baseMs: 250, maxMs: 15_000 },
    atOnce: 1,
    signal: stopping.signal,
  });
  await clock.advance(59_999);
  expect(looked).toEqual(["all"]);
  during = () => wake.wake(new Set(["cmp_1"]));
  await clock.advance(1);
  expect(looked).toEqual(["all", "all", ["cmp_1"]]);
  stopping.abort();
  await running;
});
