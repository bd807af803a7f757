import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { remembered } from "./remembered.ts";

const setUp = () => {
  const clock = steppedClock(0);
  let asked = 0;
  const failing = { now: false };
  const ask = remembered(
    async (question: string) => {
      asked += 1;
      if (failing.now) throw new Error("away");
      return `${question} ${asked}`;
    },
    { keyOf: (question) => question, forMs: 1_000, clock },
  );
  return { clock, ask, failing };
};

test("the same question is asked once, even while it is being answered", async () => {
  const { ask } = setUp();
  expect(await Promise.all([ask("a"), ask("a"), ask("b")])).toEqual(["a 1", "a 1", "b 2"]);
  expect(await ask("a")).toBe("a 1");
});
test("after its time it is asked again", async () => {
  const { clock, ask } = setUp();
  await ask("a");
  await clock.advance(1_001);
  expect(await ask("a")).toBe("a 2");
});
test("what failed is asked again at once", async () => {
  const { ask, failing } = setUp();
  failing.now = true;
  await expect(ask("a")).rejects.toThrow("away");
  failing.now = false;
  expect(await ask("a")).toBe("a 2");
});
