import { beforeEach, describe, expect, test } from "@jest/globals";
import { readFile } from "node:fs/promises";
import type { Context, EventBridgeEvent } from "aws-lambda";
import type { MemoryBuildRunner } from "../../shared/adapters/memory/build-runner.ts";
import { startWorld, type World } from "../support/components.ts";
import { builderEnded as handler } from "../support/functions.ts";

const captured = JSON.parse(await readFile(new URL("../fixtures/events/ecs-task-state-change.json", import.meta.url), "utf8"));

let world: World;
let runner: MemoryBuildRunner;
beforeEach(async () => {
  world = await startWorld();
  runner = world.api.deps.buildRunner as MemoryBuildRunner;
});
/** The event that ECS sends, of this task. */
const tell = (task: { group: string; startedBy: string }) =>
  handler({ ...captured, detail: { ...captured.detail, ...task } } as EventBridgeEvent<string, never>, {} as Context);
const start = async (name = "web") => {
  const { id } = await world.create({ name, source: { kind: "git", url: "https://example.com/shop.git" } });
  await world.ask("componentDeploy", { params: { component: id } });
  await world.work();
  return runner.orders.at(-1) as (typeof runner.orders)[number];
};

describe("a builder that ended, as ECS tells it", () => {
  test("without a word is begun once more at once; told twice, it is begun once", async () => {
    const order = await start();
    runner.end(`memory:${order.id}`, "lost");
    await tell({ group: order.tenant, startedBy: order.id });
    await tell({ group: order.tenant, startedBy: order.id });
    await world.work();
    expect(runner.orders.map(({ id, attempt }) => [id, attempt])).toEqual([
      [order.id, 1],
      [order.id, 2],
    ]);
  });
  test("while it still runs changes nothing", async () => {
    const order = await start();
    await tell({ group: order.tenant, startedBy: order.id });
    await world.work();
    expect(runner.orders).toHaveLength(1);
  });
  test("a check's ends it with the reason", async () => {
    const check = (await world.ask("checkCreate", { body: { source: { kind: "git", url: "https://example.com/a.git" } } })).body;
    await world.work();
    const order = runner.orders.at(-1);
    runner.end(`memory:${order?.id}`, "lost");
    await tell({ group: String(order?.tenant), startedBy: String(order?.id) });
    const { body } = await world.ask("checkView", { params: { check: check.id } });
    expect(body).toMatchObject({ state: "blocked", findings: [{ code: "check.lost" }] });
  });
  test("a task of somebody else is none of ours", async () => {
    await tell({ group: "family:reports", startedBy: "ecs-svc/1234567890123456789" });
    expect(runner.orders).toEqual([]);
  });
});

describe("the order of a build, for a builder that comes for it", () => {
  const ask = (as: string | undefined, build: string) => world.ask("buildOrder", { as, params: { build } } as never);
  test("is the one that was given out", async () => {
    const order = await start();
    const got = await ask(order.token, order.id);
    expect([got.status, got.body]).toMatchObject([200, { ...order, token: expect.any(String) }]);
  });
  test("404: for a builder that was taken for lost, once another has begun in its place", async () => {
    const order = await start();
    runner.end(`memory:${order.id}`, "lost");
    await tell({ group: order.tenant, startedBy: order.id });
    await world.work();
    expect((await ask(order.token, order.id)).status).toBe(404);
    expect((await ask(String(runner.orders.at(-1)?.token), order.id)).status).toBe(200);
  });
  test("404: of another build, and when the build has ended", async () => {
    const order = await start();
    const other = await start("other");
    expect((await ask(order.token, other.id)).status).toBe(404);
    const result = { state: "failed", code: "x", message: "It failed.", next: "Mend it.", logLine: null };
    await world.ask("buildReport", {
      as: order.token,
      params: { build: order.id },
      body: { version: 1, sequence: 1, result },
    } as never);
    expect((await ask(order.token, order.id)).status).toBe(404);
  });
});
