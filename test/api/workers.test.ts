import { beforeEach, expect, test } from "@jest/globals";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { wire } from "../../functions/_runtime/deps.ts";
import { worker } from "../../functions/_runtime/worker.ts";
import { sqsEvent } from "../../infra/local/faas/sqs-event.ts";
import type { Leased } from "../../shared/ports/queue.ts";
import { Fault } from "../../shared/base/fault.ts";
import { outbox } from "../../shared/control/change.ts";
import { put } from "../../shared/control/entity.ts";
import { type MemoryDeps, memoryDeps } from "../support/memory-deps.ts";
import { sweepOutbox as sweep } from "../support/functions.ts";

const tenant = "tnt_0000000000000001";
const purge = (at: number) =>
  ({ kind: "purgeComponent", version: 1, tenant, component: `cmp_${String(at).padStart(16, "0")}` }) as const;
let deps: MemoryDeps;
beforeEach(() => {
  deps = memoryDeps();
  wire(deps);
});

async function hand(
  run: (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>,
  bodies: readonly (readonly [string, string?])[],
) {
  for (const [body, key] of bodies) await deps.queues.chores.send(body, { tenant, ...(key !== undefined && { key }) });
  const leased = await deps.queues.chores.lease({ limit: 10, leaseMs: 30_000, waitMs: 0 });
  return run(sqsEvent(queue, leased), {} as Context);
}
const queue = "pluvia-local-chores.fifo";

test("Q4: only what failed is handed out again", async () => {
  const purgeComponent = async (command: { component: string }) => {
    if (command.component === purge(2).component) throw new Fault("unavailable", "not now");
  };
  const got = await hand(
    worker({ purgeComponent }),
    [1, 2, 3].map((at) => [JSON.stringify(purge(at))] as const),
  );
  expect(got.batchItemFailures).toEqual([{ itemIdentifier: "2" }]);
  expect(await deps.queues.chores.deadLetters(10)).toEqual([]);
});

test("Q4: what follows a failure under the same key is not run before it", async () => {
  const ran: string[] = [];
  const purgeComponent = async (command: { component: string }) => {
    ran.push(command.component);
    if (command.component === purge(1).component) throw new Fault("unavailable", "not now");
  };
  const message = (at: number, key: string): Leased => {
    const id = String(at);
    return { id, receipt: `${id}.1`, body: JSON.stringify(purge(at)), attempt: 1, sentAt: deps.clock.now(), tenant, key };
  };
  // SQS puts several of a key into one batch.
  const event = sqsEvent(queue, [message(1, "k"), message(2, "k"), message(3, "other")]);
  const got = await worker({ purgeComponent })(event, {} as Context);
  expect(got.batchItemFailures.map((f) => f.itemIdentifier)).toEqual(["1", "2"]);
  expect(ran).toEqual([purge(1).component, purge(3).component]);
});

test("Q4: what failed in a queue that keeps order is tried again soon, and later the more often it failed; elsewhere when its time is over", async () => {
  const purgeComponent = async () => {
    throw new Fault("unavailable", "not now");
  };
  const run = worker({ purgeComponent });
  const { chores } = deps.queues;
  const take = async (name: string) => {
    const leased = await chores.lease({ limit: 10, leaseMs: 600_000, waitMs: 0 });
    if (leased.length > 0) await run(sqsEvent(name, leased), {} as Context);
    return leased.length;
  };
  await chores.send(JSON.stringify(purge(1)), { tenant });
  expect(await take(queue)).toBe(1);
  for (const seconds of [1, 5, 20, 60]) {
    await deps.clock.advance(seconds * 1_000 - 1);
    expect(await take(queue)).toBe(0);
    await deps.clock.advance(1);
    expect(await take(queue)).toBe(1);
  }
  await chores.send(JSON.stringify(purge(2)), { tenant });
  expect(await take("pluvia-local-chores")).toBe(1);
  await deps.clock.advance(60_000);
  expect(await take("pluvia-local-chores")).toBe(0);
});

test("Q4: what can never succeed goes to the dead letters at once, with the reason in the log", async () => {
  const purgeComponent = async () => {
    throw new Fault("invalid", "no such thing");
  };
  const bad = ["not json", "{}", JSON.stringify({ ...purge(1), version: 2 }), JSON.stringify(purge(1))];
  const got = await hand(
    worker({ purgeComponent }),
    bad.map((body) => [body] as const),
  );
  expect(got.batchItemFailures).toEqual([]);
  expect((await deps.queues.chores.deadLetters(10)).map((d) => d.body)).toEqual(bad);
  expect(deps.logged.filter((l) => l.level === "error")).toHaveLength(4);
});

test("a command of another worker's kind is a dead letter", async () => {
  await hand(worker({}), [[JSON.stringify(purge(1))]]);
  expect(await deps.queues.chores.deadLetters(10)).toHaveLength(1);
});

test("A1: what a crash left in the outbox is sent by the sweep, once, and not before its writer had time", async () => {
  const createdAt = deps.clock.now().toISOString();
  const row = { id: "out_1", tenant, command: purge(1), delayMs: 0, createdAt, generation: 1 } as const;
  await deps.table.transact([put(outbox, row as never)]);
  const run = () => sweep({} as never, {} as Context);
  await run();
  expect(await deps.queues.chores.depth()).toBe(0);
  await deps.clock.advance(30_000);
  await run();
  await run();
  expect(await deps.queues.chores.depth()).toBe(1);
});

test("a message that SQS could not delay is hidden until it is due, and not run before; then it is", async () => {
  const ran: string[] = [];
  const run = worker({ purgeComponent: async ({ component }) => void ran.push(component) });
  await deps.queues.chores.send(JSON.stringify(purge(1)), { tenant });
  const due = String(deps.clock.now().getTime() + 60_000);
  const take = async () => {
    const event = sqsEvent(queue, await deps.queues.chores.lease({ limit: 10, leaseMs: 30_000, waitMs: 0 }));
    for (const record of event.Records) record.messageAttributes["notBefore"] = { dataType: "String", stringValue: due };
    return (await run(event, {} as Context)).batchItemFailures.length;
  };
  expect([await take(), ran]).toEqual([1, []]);
  await deps.clock.advance(31_000);
  expect([await take(), ran]).toEqual([0, []]);
  await deps.clock.advance(30_000);
  expect([await take(), ran]).toEqual([0, [purge(1).component]]);
});
