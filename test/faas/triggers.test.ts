import { cronPattern, rateMs } from "../../infra/local/faas/schedules.ts";
import { eventually } from "../support/eventually.ts";
import { startFixture } from "./fixture.ts";

interface Worker {
  readonly seen: { body: string; attempt: string; group?: string }[];
  readonly most: { active: number; batch: number };
}
let fixture: Awaited<ReturnType<typeof startFixture>>;
let worker: Worker;
beforeEach(async () => {
  fixture = await startFixture();
  worker = (await import("../fixtures/faas/functions/worker.mjs" as string)) as Worker;
  worker.seen.length = 0;
  Object.assign(worker.most, { active: 0, batch: 0 });
});
afterEach(() => fixture.stop());
const empty = () => eventually("the queue is empty", async () => (await fixture.queue.depth()) === 0);

test("a queue's messages reach the function in batches and side by side, no more than serverless.yml allows", async () => {
  for (let at = 0; at < 40; at++) await fixture.queue.send(String(at), { tenant: "t" });
  await empty();
  expect(worker.seen.map((one) => one.body).sort()).toEqual(Array.from({ length: 40 }, (_, at) => String(at)).sort());
  expect(worker.most.batch).toBeLessThanOrEqual(2);
  expect(worker.most.active).toBeLessThanOrEqual(4);
  expect(worker.most.active).toBeGreaterThan(1);
});
test("messages of one key are handled in order", async () => {
  for (let at = 0; at < 12; at++) await fixture.queue.send(String(at), { tenant: "t", key: "k" });
  await empty();
  expect(worker.seen.map((one) => [one.body, one.group])).toEqual(Array.from({ length: 12 }, (_, at) => [String(at), "k"]));
});
test("Q4: a failed message is tried again alone, then moved to the dead letters as often as its queue says", async () => {
  await Promise.all(["fail", "good"].map((body) => fixture.queue.send(body, { tenant: "t" })));
  await empty();
  expect(worker.seen.filter((one) => one.body === "good")).toHaveLength(1);
  expect(worker.seen.filter((one) => one.body === "fail").map((one) => one.attempt)).toEqual(["1", "2"]);
  expect(await fixture.queue.deadLetters(10)).toMatchObject([{ body: "fail", attempts: 2 }]);
});
test("Q4: when a function throws, its whole batch is tried again", async () => {
  await fixture.queue.send("throw", { tenant: "t" });
  await empty();
  expect(worker.seen.map((one) => one.attempt)).toEqual(["1", "2"]);
});
test("a schedule runs at once, and at its times", async () => {
  const { seen } = (await import("../fixtures/faas/functions/tick.mjs" as string)) as { seen: string[] };
  await eventually("it ran", async () => seen.includes("Scheduled Event"));
});
test("AWS's expressions are understood", () => {
  expect([rateMs("rate(1 minute)"), rateMs("rate(5 minutes)"), rateMs("rate(2 days)"), rateMs("cron(0 3 * * ? *)")]).toEqual([
    60_000,
    300_000,
    172_800_000,
    undefined,
  ]);
  expect(cronPattern("cron(0 3 * * ? *)")).toBe("0 0 3 * * * *");
  expect(cronPattern("cron(15 10 ? * 2-6 2030)")).toBe("0 15 10 * * 1-5 2030");
  expect(cronPattern("cron(0 8 ? * MON *)")).toBe("0 0 8 * * MON *");
  expect(() => cronPattern("every minute")).toThrow("not a schedule");
});
