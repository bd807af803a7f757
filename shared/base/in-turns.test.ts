import { inTurns } from "./in-turns.ts";

test("no more at once than may be, in the order they came; one that fails gives its turn on", async () => {
  const turns = inTurns(2);
  const began: number[] = [];
  const ends: (() => void)[] = [];
  const work = (n: number) =>
    turns(async () => {
      began.push(n);
      await new Promise<void>((end) => ends.push(end));
      if (n === 1) throw new Error("failed");
      return n;
    });
  const all = Promise.allSettled([1, 2, 3, 4].map(work));
  expect(began).toEqual([1, 2]);
  for (const so of [
    [1, 2, 3],
    [1, 2, 3, 4],
  ]) {
    ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(began).toEqual(so);
  }
  for (const end of ends) end();
  expect((await all).map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled", "fulfilled"]);
});
