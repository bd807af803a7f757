import { stopAll } from "./stop-all.ts";

test("W6: what was begun is ended, newest first, and whatever cannot be keeps nothing else from it", async () => {
  const ended: string[] = [];
  const told: unknown[] = [];
  const broken = new Error("broken");
  const stops = [
    () => ended.push("first"),
    async () => Promise.reject(broken),
    () => {
      throw broken;
    },
    async () => ended.push("last"),
  ];
  await stopAll(stops, ({ error }: { error?: unknown }) => told.push(error));
  expect(ended).toEqual(["last", "first"]);
  expect(told).toEqual([broken, broken]);
});
