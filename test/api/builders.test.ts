import { beforeEach, describe, expect, test } from "@jest/globals";
import type { MemoryBuildRunner } from "../../shared/adapters/memory/build-runner.ts";
import type { Component } from "../../shared/contract/component.ts";
import { sweepBuilds } from "../../shared/control/sweep-builds.ts";
import { artifact, startWorld, type World } from "../support/components.ts";
import { registerAgent, type TestAgent } from "../support/data-center.ts";

let world: World;
let ask: World["ask"];
let agent: TestAgent;
let web: Component;
const capable = async (available: boolean) =>
  ask("agentReport", {
    as: await agent.bearer(),
    body: { version: 1, observations: [], capabilities: [{ name: "builds", available, message: "" }] },
  });
beforeEach(async () => {
  world = await startWorld();
  ask = world.ask;
  const { body } = await ask("dataCenterCreate", { body: { name: "east" } });
  agent = await registerAgent(world.api, body.join.token, "kubernetes");
  await capable(true);
  web = await world.create({ name: "web", dataCenter: agent.dataCenter });
});

const desired = async () => (await ask("agentDesired", { as: await agent.bearer(), query: { cursor: "0" } })).body;
const tasks = async () => (await desired()).buildTasks ?? [];
const platforms = () => (world.api.deps.buildRunner as MemoryBuildRunner).orders.length;
const deploy = async () => {
  const { body } = await ask("componentDeploy", { params: { component: web.id }, body: {} });
  await world.work();
  return body.operation;
};
const tell = async (id: string, attempt: number, state: "ended" | "lost") =>
  ask("agentReport", {
    as: await agent.bearer(),
    body: { version: 1, observations: [], buildTasks: [{ id, attempt, state }] },
  });

describe("C6: a data center builds for its own team", () => {
  test("its agent is given the builder to run; the builder fetches its order, reports, and the release follows", async () => {
    const { id, build } = await deploy();
    const [task] = await tasks();
    expect(task).toMatchObject({ id: build, attempt: 1, tenant: world.ada.team, cloudUrl: "http://localhost:7070" });
    expect(platforms()).toBe(0);
    const as = String(task?.token);
    const order = await world.api.ask("buildOrder", { as, params: { build: String(build) } });
    expect(order.body).toMatchObject({ mode: "build", id: build, component: web.id });
    const result = { state: "succeeded", artifact: artifact() } as const;
    await world.api.ask("buildReport", { as, params: { build: String(build) }, body: { version: 1, sequence: 1, result } });
    await world.work();
    await tell(String(build), 1, "ended");
    expect(await tasks()).toEqual([]);
    expect((await desired()).changes.map((change) => change.component)).toEqual([web.id]);
    expect((await world.operation(id)).release).not.toBeNull();
  });
  test("its token opens no other build, and no other agent is given the task", async () => {
    await deploy();
    const [task] = await tasks();
    const other = await ask("agentDesired", { as: await world.agent.bearer(), query: { cursor: "0" } });
    expect(other.body.buildTasks).toEqual([]);
    const foreign = await world.api.ask("buildOrder", {
      as: String(task?.token),
      params: { build: "bld_zzzzzzzzzzzzzzzz" },
    });
    expect(foreign.status).toBeGreaterThanOrEqual(400);
  });
  test("a build that is given up is asked for no more", async () => {
    const { id } = await deploy();
    expect(await tasks()).toHaveLength(1);
    await ask("operationCancel", { params: { operation: id } });
    await world.work();
    expect(await tasks()).toEqual([]);
  });
  test("a builder that is gone without a word is started once more, and then the build has failed", async () => {
    const { id, build } = await deploy();
    for (const attempt of [1, 2]) {
      expect((await tasks()).map((task) => task.attempt)).toEqual([attempt]);
      await tell(String(build), attempt, "lost");
      await sweepBuilds(world.api.deps);
      await world.work();
    }
    expect((await world.operation(id)).failure?.code).toBe("build.lost");
    expect(await tasks()).toEqual([]);
  });
  test("where it does not build, the platform does", async () => {
    await capable(false);
    await deploy();
    expect([await tasks(), platforms()]).toEqual([[], 1]);
  });
});
