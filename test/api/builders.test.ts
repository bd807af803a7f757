import { beforeEach, describe, expect, test } from "@jest/globals";
import type { MemoryBuildRunner } from "../../shared/adapters/memory/build-runner.ts";
import type { Component } from "../../shared/contract/component.ts";
import { CheckId, TenantId } from "../../shared/contract/id.ts";
import { startCheck, sweepChecks } from "../../shared/control/checks.ts";
import { sweepBuilds } from "../../shared/control/sweep-builds.ts";
import { artifact, startWorld, type World } from "../support/components.ts";
import { registerAgent, type TestAgent } from "../support/data-center.ts";
import { signUp } from "../support/people.ts";

let world: World;
let ask: World["ask"];
let agent: TestAgent;
let web: Component;
/** `checks: false`: as agents before them say it. */
const capable = async (available: boolean, { checks = true } = {}) => {
  const capabilities = ["builds", ...(checks ? ["checks"] : [])].map((name) => ({ name, available, message: "" }));
  return ask("agentReport", { as: await agent.bearer(), body: { version: 1, observations: [], capabilities } });
};
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
const tell = async (id: string, attempt: number, state: "ended" | "lost", more: object = {}) =>
  ask("agentReport", {
    as: await agent.bearer(),
    body: { version: 1, observations: [], buildTasks: [{ id, attempt, state, ...more }] },
  });
const waiting = [{ code: "builder.no-memory", message: "No node has room for it.", next: "Add one.", params: { wanted: 2_048 } }];
const tellWait = async (id: string, why: typeof waiting | []) =>
  ask("agentReport", {
    as: await agent.bearer(),
    body: { version: 1, observations: [], builderWaits: [{ id, attempt: 1, waiting: why }] },
  });
const failure = { code: "build.memory", message: "It ran out of its memory.", next: "Give it more.", params: { mib: 2_048 } };

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
  test("a builder that was ended for a reason that the agents saw is not started again: the build has failed, with the reason", async () => {
    const { id, build } = await deploy();
    await tell(String(build), 1, "lost", { failure });
    await sweepBuilds(world.api.deps);
    await world.work();
    expect((await world.operation(id)).failure).toMatchObject(failure);
    expect(await tasks()).toEqual([]);
  });
  test("C2: a builder for which there is no room is told on its build while it waits, and the build goes on", async () => {
    const { build } = await deploy();
    const id = String(build);
    const shown = async () => {
      await sweepBuilds(world.api.deps);
      return (await ask("buildView", { params: { build: id } })).body;
    };
    await tellWait(id, waiting);
    expect(await shown()).toMatchObject({ state: "running", advice: waiting });
    expect(await tasks()).toMatchObject([{ id, attempt: 1 }]);
    await tellWait(id, []);
    expect(await shown()).toMatchObject({ state: "running", advice: [] });
    await tellWait(id, waiting);
    expect((await shown()).advice).toEqual(waiting);
    const as = String((await tasks())[0]?.token);
    const lines = [{ sequence: 1, at: "2026-01-02T03:04:05.000Z", stream: "out", instance: null, text: "Fetching" }];
    await world.api.ask("buildReport", { as, params: { build: id }, body: { version: 1, sequence: 1, lines } } as never);
    expect(await shown()).toMatchObject({ state: "running", advice: [] });
  });
  test("where it does not build, the platform does", async () => {
    await capable(false);
    await deploy();
    expect([await tasks(), platforms()]).toEqual([[], 1]);
  });
});

describe("C6: a data center that builds looks at sources, too", () => {
  const source = { kind: "git", url: "https://git.inside.example/shop.git" };
  const checkTasks = async () => (await desired()).checkTasks ?? [];
  const check = async (dataCenter = agent.dataCenter): Promise<string> => {
    const { body } = await ask("checkCreate", { body: { source, dataCenter } });
    await world.work();
    return body.id;
  };
  const view = async (id: string) => (await ask("checkView", { params: { check: id } })).body;
  const sweep = async () => {
    await sweepChecks(world.api.deps);
    await world.work();
  };

  test("C3: its agent is given the builder to run, which fetches its order and reports; then it is asked for no more", async () => {
    const id = await check();
    const [task, ...others] = await checkTasks();
    expect([task, others]).toMatchObject([{ id, attempt: 1, tenant: world.ada.team }, []]);
    expect([await tasks(), platforms()]).toEqual([[], 0]);
    const as = String(task?.token);
    const order = await world.api.ask("buildOrder", { as, params: { build: id } });
    expect(order.body).toMatchObject({ mode: "check", id, attempt: 1, component: null, source });
    const result = { state: "failed", code: "language.none", message: "None.", next: "Add one.", logLine: null } as const;
    await world.api.ask("buildReport", { as, params: { build: id }, body: { version: 1, sequence: 1, result } });
    expect(await view(id)).toMatchObject({
      state: "blocked",
      dataCenter: agent.dataCenter,
      findings: [{ code: "language.none" }],
    });
    await tell(id, 1, "ended");
    expect(await checkTasks()).toEqual([]);
  });
  test("its builds and its checks do not take each other's place", async () => {
    const { build } = await deploy();
    const id = await check();
    expect([...(await tasks()), ...(await checkTasks())].map((task) => task.id)).toEqual([build, id]);
  });
  test("asked for twice it is one builder, also when its end came in between", async () => {
    const id = await check();
    const again = () => startCheck(world.api.deps, { tenant: TenantId.parse(world.ada.team), check: CheckId.parse(id) });
    await again();
    expect(await checkTasks()).toHaveLength(1);
    await tell(id, 1, "lost");
    await again();
    expect(await checkTasks()).toEqual([]);
  });
  test("one that is gone without a word is told as lost, and not begun again", async () => {
    const id = await check();
    await tell(id, 1, "lost");
    await sweep();
    expect(await view(id)).toMatchObject({ state: "blocked", findings: [{ code: "check.lost" }] });
    expect(await checkTasks()).toEqual([]);
  });
  test("one that was ended for a reason that the agents saw is blocked by that", async () => {
    const id = await check();
    await tell(id, 1, "lost", { failure });
    await sweep();
    expect(await view(id)).toMatchObject({ state: "blocked", findings: [{ code: failure.code, message: failure.message }] });
    expect(await checkTasks()).toEqual([]);
  });
  test("C2: one for which there was no room in time is told so", async () => {
    const id = await check();
    await tellWait(id, waiting);
    await sweep();
    expect(await checkTasks()).toHaveLength(1);
    await world.api.deps.clock.advance(5 * 60_000 + 1);
    await sweep();
    expect(await view(id)).toMatchObject({ state: "blocked", findings: [{ code: "builder.no-memory" }] });
  });
  test("one that nobody took is told so, and asked for no more", async () => {
    const id = await check();
    await sweep();
    expect(await checkTasks()).toHaveLength(1);
    await world.api.deps.clock.advance(5 * 60_000 + 1);
    await sweep();
    expect(await view(id)).toMatchObject({ state: "blocked", findings: [{ code: "check.not-taken" }] });
    expect(await checkTasks()).toEqual([]);
  });
  test.each([
    ["agents that know nothing of checks", () => capable(true, { checks: false })],
    ["a data center that does not build", () => capable(false)],
  ])("the platform looks in place of %s", async (_, become) => {
    await become();
    const id = await check();
    expect([await checkTasks(), platforms(), (await view(id)).dataCenter]).toEqual([[], 1, null]);
  });
  test("the platform looks when no data center is named, and for its own", async () => {
    await ask("checkCreate", { body: { source } });
    await check(world.agent.dataCenter);
    expect([await checkTasks(), platforms()]).toEqual([[], 2]);
  });
  test("404: another team's data center, or none at all", async () => {
    const bob = await signUp(world.api, "bob@example.org");
    const asked = { as: bob.token, team: bob.team, body: { source, dataCenter: agent.dataCenter } };
    expect((await ask("checkCreate", asked)).status).toBe(404);
    expect((await ask("checkCreate", { body: { source, dataCenter: "dc_zzzzzzzzzzzzzzzz" } })).status).toBe(404);
    expect([await checkTasks(), platforms()]).toEqual([[], 0]);
  });
});
