import { spawn } from "node:child_process";
import { temporaryDirectory } from "../../../test/temporary-directory.ts";
import { systemClock } from "./clock.ts";
import { Database } from "./database.ts";
import { localQueue } from "./queue.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let file: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
  file = `${directory.path}/queues.db`;
});
afterEach(() => directory.remove());
const open = (name = "work", growthMax?: number) =>
  localQueue({ path: file, name, attemptsMax: 3, clock: systemClock(), ...(growthMax && { growthMax }) });
const takeAll = (queue: ReturnType<typeof localQueue>) => queue.lease({ limit: 10, leaseMs: 60_000, waitMs: 0 });
const big = "x".repeat(100_000);

test("Q4: what was sent before a close is acknowledged and kept, also while the disk was still writing", async () => {
  const queue = open();
  const send = (body: string) => queue.send(body, { tenant: "t" });
  const writing = send("first");
  await queue.lease({ limit: 1, leaseMs: 1, waitMs: 0 });
  const last = send("last");
  queue.close();
  await Promise.all([writing, last]);
  const again = open();
  expect(await again.depth()).toBe(2);
  again.close();
});
test("Q4: leases, attempts, delays, dead letters, keys and dedupe ids are the same after a restart, compacted or not", async () => {
  for (const growthMax of [1, undefined]) {
    const name = `work${growthMax}`;
    let queue = open(name, growthMax);
    const restart = () => {
      queue.close();
      queue = open(name, growthMax);
    };
    await queue.send("dead", { tenant: "t" });
    const [dead] = await takeAll(queue);
    if (dead) await queue.bury(dead);
    for (const body of ["first", "second"]) await queue.send(body, { tenant: "t", key: "k" });
    await queue.send("late", { tenant: "t", delayMs: 900_000 });
    await queue.send("once", { tenant: "t", dedupe: "d" });
    const held = await takeAll(queue);
    expect(held.map((one) => one.body)).toEqual(["first", "once"]);
    restart();
    await queue.send("again", { tenant: "t", dedupe: "d" });
    expect(await takeAll(queue)).toEqual([]);
    expect(await queue.deadLetters(10)).toMatchObject([{ body: "dead", attempts: 1 }]);
    await queue.retry(held[0]?.receipt ?? "", 0);
    await queue.ack(held[1]?.receipt ?? "");
    restart();
    expect(await takeAll(queue)).toMatchObject([{ body: "first", attempt: 2, key: "k", sentAt: held[0]?.sentAt }]);
    expect(await queue.depth()).toBe(3);
    queue.close();
  }
});
test("a receipt is never given again, also by a queue that was compacted when it was empty", async () => {
  const once = async <T>(work: (queue: ReturnType<typeof localQueue>) => Promise<T>): Promise<T> => {
    const queue = open("work", 1);
    return work(queue).finally(() => queue.close());
  };
  const receipts: string[] = [];
  for (let round = 0; round < 3; round++) {
    await once((queue) => queue.send("one", { tenant: "t" }));
    for (const { receipt } of await once(takeAll)) receipts.push(receipt);
    await once((queue) => queue.ack(receipts.at(-1) ?? ""));
  }
  expect(new Set(receipts).size).toBe(3);
});
test("G5: a consumer has the message before its sender hears that the disk has it", async () => {
  const queue = open();
  await queue.send("warm", { tenant: "t" });
  const order: string[] = [];
  await Promise.all([
    queue.send("one", { tenant: "t" }).then(() => order.push("sent")),
    queue.lease({ limit: 2, leaseMs: 10_000, waitMs: 1_000 }).then(() => order.push("leased")),
  ]);
  expect(order).toEqual(["leased", "sent"]);
  queue.close();
});
test("a message for which there is no room is refused in every queue of the file, and never handed out; then all goes on", async () => {
  const [queue, other, database] = [open(), open("other"), Database.open(file)];
  await queue.send("kept", { tenant: "t" });
  database.define("PRAGMA max_page_count = 20");
  const refused = await Promise.allSettled([queue.send(big, { tenant: "t" }), other.send("beside it", { tenant: "t" })]);
  expect(refused).toMatchObject(Array(2).fill({ status: "rejected", reason: { code: "exhausted" } }));
  expect([await queue.depth(), await other.depth()]).toEqual([1, 0]);
  database.define("PRAGMA max_page_count = 100000");
  await queue.send(big, { tenant: "t" });
  expect((await takeAll(queue)).map((one) => one.body)).toEqual(["kept", big]);
  for (const one of [queue, other, database]) one.close();
});
test("the file does not grow with what has passed through", async () => {
  const [queue, database] = [open("work", 1_000_000), Database.open(file)];
  const pages = () => Number(database.statement("PRAGMA page_count").get()?.page_count);
  const pass = async (count: number) => {
    for (let at = 0; at < count; at++) {
      await queue.send(big, { tenant: "t" });
      for (const { receipt } of await takeAll(queue)) await queue.ack(receipt);
    }
  };
  await pass(15);
  const before = pages();
  await pass(60);
  expect(pages()).toBeLessThan(1.2 * before);
  for (const one of [queue, database]) one.close();
});
test("a consumer of another process's message finds it by itself", async () => {
  const ours = open();
  const waiting = ours.lease({ limit: 1, leaseMs: 10_000, waitMs: 20_000 });
  const text = `const { localQueue } = await import(${JSON.stringify(`${import.meta.dirname}/queue.ts`)}); const { systemClock } = await import(${JSON.stringify(`${import.meta.dirname}/clock.ts`)}); await localQueue({ path: ${JSON.stringify(file)}, name: "work", attemptsMax: 3, clock: systemClock() }).send("theirs", { tenant: "t" });`;
  spawn(process.execPath, ["--input-type=module", "-e", text], { env: { ...process.env, NODE_OPTIONS: "" }, stdio: "inherit" });
  expect((await waiting).map((message) => message.body)).toEqual(["theirs"]);
  ours.close();
});
