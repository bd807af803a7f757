import { beforeEach, describe, expect, test } from "@jest/globals";
import type { Component } from "../../shared/contract/component.ts";
import { sweepOperations } from "../../shared/control/expire-operation.ts";
import type { Operation } from "../../shared/contract/operation.ts";
import { startWorld, type World } from "../support/components.ts";
import { registerAgent, tellNode, type TestAgent, testNode } from "../support/data-center.ts";
import { signUpMember } from "../support/people.ts";
import { interruptedTable, keyIn } from "../support/interrupted-table.ts";
import { memoryDeps } from "../support/memory-deps.ts";
import type { Table } from "../../shared/ports/table.ts";

let world: World;
let ask: World["ask"];
let east: TestAgent;
let west: TestAgent;
let db: Component;
let web: Component;
const tcp = (external: boolean) => ({ ports: [{ port: 5432, protocol: "tcp", internal: true, external }] });

async function join(name: string): Promise<TestAgent> {
  const { body } = await ask("dataCenterCreate", { body: { name } });
  return registerAgent(world.api, body.join.token, "kubernetes");
}
const dependsOn = (component: string) => ({
  ports: [{ port: 8080, protocol: "http", internal: true, external: true }],
  dependencies: [{ component, port: 5432, alias: "DB" }],
});
async function deployIn(agent: TestAgent, component: Component) {
  world.agent = agent;
  await world.deployed(component.id);
}
beforeEach(async () => {
  world = await startWorld();
  ask = world.ask;
  east = await join("east");
  west = await join("west");
  db = await world.create({ name: "db", dataCenter: east.dataCenter, configuration: tcp(true) });
  await deployIn(east, db);
  web = await world.create({ name: "web", dataCenter: east.dataCenter, configuration: dependsOn(db.id) });
  await deployIn(east, web);
});

/** As an agent whose gateway has these addresses. */
const serve = (agent: TestAgent, component: Component, host: string) =>
  agent.workload(component.id).then((workload) =>
    agent.report({
      component: component.id,
      serving: workload.release,
      phase: "settled",
      addresses: workload.configuration.ports
        .filter((p) => p.external)
        .map(({ port, protocol }) => ({ port, protocol, url: `${protocol}://${component.name}.${host}:3${port}` })),
    }),
  );
const move = (component: Component, to: TestAgent, more: object = {}) =>
  ask("componentMove", { params: { component: component.id }, body: { dataCenter: to.dataCenter, ...more } });
const reason = (got: { body: unknown }) => (got.body as { error?: { reason?: string } }).error?.reason;
const runsIn = async (agent: TestAgent) =>
  (await agent.desired()).map((d) => [d.component, d.workload === null ? "removed" : d.workload.wanted]);
/** Workers of several queues meet on one component: who comes second waits for a moment of the clock. */
async function work() {
  const running = { done: false };
  const all = world.work().finally(() => {
    running.done = true;
  });
  while (!running.done) await world.api.deps.clock.advance(20);
  await all;
}
const settleWork = async (ms = 31_000) => {
  await work();
  await world.api.deps.clock.advance(ms);
  for (const agent of [east, west])
    await ask("agentReport", { as: await agent.bearer(), body: { version: 1, observations: [] } });
  await work();
};
const bindingOf = async (agent: TestAgent, component: Component) => (await agent.workload(component.id)).bindings[0];

describe("P10: a component moves to another data center", () => {
  test("starts there first, then addresses and dependents follow, and only then is it removed from the old one", async () => {
    await serve(east, db, "east");
    const { operation } = (await move(db, west)).body;
    expect(operation).toMatchObject({ kind: "move", state: "running", dataCenter: west.dataCenter });
    expect(await runsIn(west)).toEqual([[db.id, "running"]]);
    expect((await runsIn(east)).find(([id]) => id === db.id)).toEqual([db.id, "running"]);
    expect(await world.view(db.id)).toMatchObject({ moving: { from: east.dataCenter, phase: "starting" } });
    expect((await world.view(db.id)).addresses[0]?.url).toContain("east");

    await serve(west, db, "west");
    await work();
    expect(await world.view(db.id)).toMatchObject({ dataCenter: west.dataCenter, moving: { phase: "switching" } });
    expect((await world.view(db.id)).url).toBe("tcp://db.west:35432");
    expect(await bindingOf(east, web)).toMatchObject({ address: { host: "db.west", port: 35_432 } });
    await settleWork();
    // web has not told that it follows: the old one stays.
    expect((await runsIn(east)).find(([id]) => id === db.id)).toEqual([db.id, "running"]);
    await east.settle(web.id);
    await settleWork();
    expect((await runsIn(east)).find(([id]) => id === db.id)).toEqual([db.id, "removed"]);
    expect(await world.operation(operation.id)).toMatchObject({ state: "running" });
    await east.report({ component: db.id, phase: "removed" });
    await work();
    expect(await world.operation(operation.id)).toMatchObject({ state: "succeeded" });
    expect(await world.view(db.id)).toMatchObject({ moving: null, operation: null });
    expect((await runsIn(east)).map(([id]) => id)).toEqual([web.id]);
  });

  test("W8: what does not get healthy there stays where it never stopped, and is removed there", async () => {
    const { operation } = (await move(db, west)).body;
    await west.fail(db.id, null);
    await work();
    expect(await world.operation(operation.id)).toMatchObject({ state: "failed" });
    expect(await world.view(db.id)).toMatchObject({ dataCenter: east.dataCenter, moving: null });
    expect(await runsIn(west)).toEqual([[db.id, "removed"]]);
    await west.report({ component: db.id, phase: "removed" });
    expect(await runsIn(west)).toEqual([]);
    await east.settle(db.id);
    expect((await world.view(db.id)).status).toBe("running");
  });

  test("W6: a newer intent wins over a move that does not serve yet, and it can be cancelled", async () => {
    const first = (await move(db, west)).body.operation;
    const scaled = await ask("componentScale", { params: { component: db.id }, body: { replicas: 2 } });
    expect(scaled.status).toBe(202);
    expect((await world.operation(first.id)).state).toBe("superseded");
    expect(await runsIn(west)).toEqual([[db.id, "removed"]]);
    expect((await east.workload(db.id)).configuration.replicas).toBe(2);
    const second = (await move(db, west)).body.operation;
    expect((await ask("operationCancel", { params: { operation: second.id } })).body.state).toBe("cancelled");
    expect(await world.view(db.id)).toMatchObject({ dataCenter: east.dataCenter, moving: null });
  });

  test("until it serves there, terminals and logs are where its instances are", async () => {
    for (const [agent, host] of [
      [east, "east"],
      [west, "west"],
    ] as const)
      await ask("agentReport", {
        as: await agent.bearer(),
        body: { version: 1, observations: [], streamUrl: `wss://${host}.example.org/streams` },
      });
    const opened = async () => {
      const params = { component: web.id };
      const got = [await ask("terminalCreate", { params, body: {} }), await ask("ticketCreate", { params })];
      return got.map(({ body }) => new URL(body.url).hostname.split(".")[0]);
    };
    await move(web, west);
    expect(await opened()).toEqual(["east", "east"]);
    await serve(west, web, "west");
    expect(await opened()).toEqual(["west", "west"]);
  });
  test("until it serves there, what is shown is as old as what the old place told", async () => {
    await move(web, west);
    await world.api.deps.clock.advance(91_000);
    await ask("agentReport", { as: await west.bearer(), body: { version: 1, observations: [] } });
    expect((await world.view(web.id)).advice.map(({ code }) => code)).toContain("data-center.disconnected");
  });
  test("whom hundreds depend on moves like any other, and all of them follow", async () => {
    const image = { source: { kind: "image", image: "x:1" }, dataCenter: east.dataCenter };
    const small = { resources: { memoryMib: 16, cpuMillis: 10 }, dependencies: [{ component: db.id, port: 5432, alias: "DB" }] };
    const many: Component[] = [];
    for (let at = 0; at < 98; at++) many.push(await world.create({ name: `c${at}`, ...image, configuration: small }));
    const last = many.at(-1) as Component;
    await ask("componentDeploy", { params: { component: last.id }, body: {} });
    await serve(east, db, "east");
    await move(db, west);
    expect(await serve(west, db, "west")).toBe(200);
    await work();
    expect(await world.view(db.id)).toMatchObject({ moving: { phase: "switching" } });
    for (const component of [web, last])
      expect((await bindingOf(east, component))?.address).toEqual({ host: "db.west", port: 35432 });
  });
  test("a component that was never deployed is moved at once", async () => {
    const idle = await world.create({ name: "idle", dataCenter: east.dataCenter });
    expect((await move(idle, west)).body.operation.state).toBe("succeeded");
    expect(await world.view(idle.id)).toMatchObject({ dataCenter: west.dataCenter, moving: null, operation: null });
  });

  test("a move whose old data center is not heard of any more ends: the new place serves", async () => {
    await ask("dataCenterRevoke", { params: { dataCenter: east.dataCenter } });
    const lone = await world.create({ name: "lone", dataCenter: west.dataCenter });
    await deployIn(west, lone);
    const { operation } = (await move(web, west)).body;
    await serve(west, web, "west");
    await work();
    await world.api.deps.clock.advance(2 * 3_600_000);
    await sweepOperations(world.api.deps);
    expect(await world.operation(operation.id)).toMatchObject({ state: "succeeded" });
    expect((await world.view(web.id)).moving).toBeNull();
  });

  test("409: is refused with a reason where it cannot be", async () => {
    expect(reason(await move(db, east))).toBe("move.there-already");
    const closed = await world.create({ name: "closed", dataCenter: east.dataCenter, configuration: tcp(false) });
    const needy = await world.create({ name: "needy", dataCenter: east.dataCenter, configuration: dependsOn(closed.id) });
    expect(reason(await move(closed, west))).toBe("move.closed-port");
    expect(reason(await move(needy, west))).toBe("move.closed-port");
    const volumes = [{ name: "data", kind: "exclusive", path: "/data", sizeMib: 10, storageClass: null }];
    const disk = await world.create({ name: "disk", dataCenter: east.dataCenter, configuration: { kind: "stateful", volumes } });
    expect(reason(await move(disk, west))).toBe("move.data");
    expect((await move(disk, west, { leaveData: true })).status).toBe(202);
    await ask("dataCenterCordon", { params: { dataCenter: west.dataCenter } });
    expect(reason(await move(db, west))).toBe("data-center.cordoned");
    const plan = await ask("componentPlan", {
      params: { component: db.id },
      body: { kind: "move", dataCenter: west.dataCenter },
    });
    expect(plan.body.effects.map((e) => e.code)).toEqual(["move", "dependent.follow"]);
    expect(plan.body.warnings.map((w) => w.code)).toEqual(["data-center.cordoned"]);
  });

  test("a dependency in another data center is bound to the target's address, and follows it; 400 when its port is not external", async () => {
    await serve(east, db, "east");
    const far = await world.create({ name: "far", dataCenter: west.dataCenter, configuration: dependsOn(db.id) });
    await deployIn(west, far);
    expect(await bindingOf(west, far)).toMatchObject({ address: { host: "db.east", port: 35_432 } });
    await serve(east, db, "elsewhere");
    await work();
    expect(await bindingOf(west, far)).toMatchObject({ address: { host: "db.elsewhere" } });
    const closed = await world.create({ name: "closed", dataCenter: east.dataCenter, configuration: tcp(false) });
    const refused = await ask("componentUpdate", {
      params: { component: far.id },
      body: { configuration: { dependencies: [{ component: closed.id, port: 5432, alias: "DB" }] } },
    });
    expect((refused.body as never as { error: { fields: { rule: string }[] } }).error.fields[0]?.rule).toBe(
      "dependency.far-port",
    );
  });
});

describe("what a component depends on gets another address just when it is told of it", () => {
  let table: ReturnType<typeof interruptedTable<Table>>;
  /** What happens before the next write of this row. */
  const meanwhile = (sk: string, act: () => Promise<unknown>) => table.before((write) => keyIn(write) === sk, act);
  const image = { kind: "image", image: "x:1" };
  const dependencies = dependsOn("cmp_").dependencies;
  const edit = async (component: Component, needs: boolean) => {
    const configuration = { dependencies: needs ? dependencies.map((d) => ({ ...d, component: db.id })) : [] };
    expect((await ask("componentUpdate", { params: { component: component.id }, body: { configuration } })).status).toBe(200);
  };
  const deploy = (component: Component) => ask("componentDeploy", { params: { component: component.id }, body: {} });
  beforeEach(async () => {
    const deps = memoryDeps();
    table = interruptedTable<Table>(deps.table);
    world = await startWorld({ ...deps, table });
    ask = world.ask;
    [east, west] = [await join("east"), await join("west")];
    db = await world.create({ name: "db", source: image, dataCenter: east.dataCenter, configuration: tcp(true) });
    await deploy(db);
    await serve(east, db, "east");
  });

  test("as it has moved: who starts to depend on it meanwhile follows", async () => {
    const late = await world.create({ name: "late", source: image, dataCenter: east.dataCenter });
    await edit(late, true);
    await move(db, west);
    meanwhile(`component#${late.id}`, async () => {
      await serve(west, db, "west");
      await work();
    });
    expect((await deploy(late)).status).toBe(202);
    await work();
    expect(await bindingOf(east, late)).toMatchObject({ address: { host: "db.west", port: 35_432 } });
  });
  test("as its data center has: who depends on it again meanwhile follows", async () => {
    const late = await world.create({ name: "late", source: image, dataCenter: west.dataCenter });
    await edit(late, true);
    await deploy(late);
    const { release } = await world.view(late.id);
    await edit(late, false);
    await deploy(late);
    await work();
    meanwhile(`status#${db.id}`, async () => {
      await ask("componentRollback", { params: { component: late.id }, body: { release: release?.id } });
      await work();
      expect(await bindingOf(west, late)).toMatchObject({ address: { host: "db.east" } });
    });
    await serve(east, db, "elsewhere");
    await work();
    expect(await bindingOf(west, late)).toMatchObject({ address: { host: "db.elsewhere" } });
  });
  test("who still runs with it, and will not after its next deploy, follows too", async () => {
    const late = await world.create({ name: "late", source: image, dataCenter: west.dataCenter });
    await edit(late, true);
    await deploy(late);
    await edit(late, false);
    await work();
    await serve(east, db, "elsewhere");
    await work();
    expect(await bindingOf(west, late)).toMatchObject({ address: { host: "db.elsewhere" } });
  });
});

describe("draining a data center", () => {
  const drain = (more: object = {}) =>
    ask("dataCenterDrain", { params: { dataCenter: east.dataCenter }, body: { to: west.dataCenter, ...more } });
  const state = async (id: Operation["id"]) => {
    const { state: whole, steps } = await world.operation(id);
    return [whole, ...steps.map((s) => `${s.params?.["label"]} ${s.state}`)];
  };

  test("moves everything, what others depend on first, and leaves it cordoned and empty", async () => {
    const closed = await ask("componentUpdate", { params: { component: db.id }, body: { configuration: tcp(false) } });
    expect(closed.status).toBe(200);
    const { body: operation } = await drain();
    await work();
    expect(await state(operation.id)).toEqual(["running", "db running", "web waiting"]);
    await serve(west, db, "west");
    await work();
    expect(await state(operation.id)).toEqual(["running", "db running", "web running"]);
    await settleWork();
    // Nobody reaches db from outside: it stays beside web until that has moved too.
    expect((await runsIn(east)).map(([, wanted]) => wanted)).toEqual(["running", "running"]);
    await serve(west, web, "west");
    await settleWork();
    await west.settle(web.id);
    await settleWork();
    expect((await runsIn(east)).map(([, wanted]) => wanted)).toEqual(["removed", "removed"]);
    for (const component of [web, db]) await east.report({ component: component.id, phase: "removed" });
    await work();
    expect(await state(operation.id)).toEqual(["succeeded", "db succeeded", "web succeeded"]);
    expect(await runsIn(east)).toEqual([]);
    expect((await ask("dataCenterView", { params: { dataCenter: east.dataCenter } })).body.cordoned).toBe(true);
    const operations = await ask("operationList", { query: { dataCenter: east.dataCenter } });
    expect(operations.body.items.map((o) => o.id)).toEqual([operation.id]);
  });

  test("what could not be moved is found before anything is, in the plan too", async () => {
    const volumes = [{ name: "data", kind: "exclusive", path: "/data", sizeMib: 10, storageClass: null }];
    await world.create({ name: "disk", dataCenter: east.dataCenter, configuration: { kind: "stateful", volumes } });
    expect(reason(await drain())).toBe("move.data");
    const plan = await ask("dataCenterPlan", {
      params: { dataCenter: east.dataCenter },
      body: { kind: "drain", to: west.dataCenter },
    });
    expect(plan.body.warnings.map((w) => w.code)).toEqual(["move.data"]);
    expect(plan.body.effects.filter((e) => e.code === "move")).toHaveLength(3);
    expect((await drain({ leaveData: true })).status).toBe(202);
  });

  test("tells which component stayed, and why; a second drain moves the rest", async () => {
    const { body: operation } = await drain();
    await work();
    await west.fail(db.id, null);
    await work();
    await serve(west, web, "west");
    await settleWork();
    await east.report({ component: web.id, phase: "removed" });
    await work();
    const ended = await world.operation(operation.id);
    expect([ended.state, ended.failure?.code]).toEqual(["failed", "drain.incomplete"]);
    expect(ended.steps.map((s) => [s.params?.["label"], s.state, s.message !== null])).toEqual([
      ["db", "failed", true],
      ["web", "succeeded", false],
    ]);
    expect((await drain()).status).toBe(202);
  });

  test("W6: a second one takes the place of the first, and leaves nothing behind", async () => {
    const { body: first } = await drain();
    await work();
    const { body: second } = await drain();
    expect((await state(first.id))[0]).toBe("superseded");
    await work();
    expect(await state(second.id)).toEqual(["running", "db running", "web waiting"]);
    await serve(west, db, "west");
    await settleWork();
    await sweepOperations(world.api.deps);
    await settleWork();
    await serve(west, web, "west");
    await settleWork();
    await west.settle(web.id);
    await settleWork();
    for (const component of [web, db]) await east.report({ component: component.id, phase: "removed" });
    await sweepOperations(world.api.deps);
    await work();
    expect(await state(second.id)).toEqual(["succeeded", "db succeeded", "web succeeded"]);
    expect(await runsIn(east)).toEqual([]);
  });

  test("what is only about to come from where it is drained to stays there", async () => {
    const here = await world.create({ name: "here", dataCenter: west.dataCenter });
    await deployIn(west, here);
    const { operation: coming } = (await move(here, east)).body;
    const { body: operation } = await drain();
    await work();
    expect((await state(operation.id)).filter((step) => step.startsWith("here"))).toEqual(["here succeeded"]);
    expect((await world.operation(coming.id)).state).toBe("cancelled");
    expect(await world.view(here.id)).toMatchObject({ dataCenter: west.dataCenter, moving: null });
    expect(Object.fromEntries(await runsIn(east))[here.id]).toBe("removed");
  });

  test("is cancelled as any operation: it stays cordoned, what has begun arrives, nothing else begins", async () => {
    const { body: operation } = await drain();
    await work();
    const params = { operation: operation.id };
    expect((await ask("operationCancel", { params })).body.state).toBe("cancelled");
    expect((await ask("operationCancel", { params })).body.state).toBe("cancelled");
    await serve(west, db, "west");
    await work();
    expect(await world.view(web.id)).toMatchObject({ dataCenter: east.dataCenter, moving: null });
    expect((await ask("dataCenterView", { params: { dataCenter: east.dataCenter } })).body.cordoned).toBe(true);
    expect((await drain()).status).toBe(202);
  });
  test("403: is cancelled by those alone who may ask for it", async () => {
    const { body: operation } = await drain();
    const bob = await signUpMember(world.api, world.ada, "developer");
    expect((await world.api.ask("operationCancel", { as: bob.token, params: { operation: operation.id } })).status).toBe(403);
    expect((await world.operation(operation.id)).state).toBe("running");
  });

  test("uncordoning ends it: what has begun arrives, nothing else begins", async () => {
    const { body: operation } = await drain();
    await work();
    await ask("dataCenterUncordon", { params: { dataCenter: east.dataCenter } });
    await serve(west, db, "west");
    await work();
    expect((await state(operation.id))[0]).toBe("cancelled");
    expect(await world.view(web.id)).toMatchObject({ dataCenter: east.dataCenter, moving: null });
  });
});

describe("giving a data center up", () => {
  const leave = (keep: boolean) =>
    ask("dataCenterLeave", { params: { dataCenter: east.dataCenter }, body: { keep } }).then((got) => got.body);
  const isThere = async () => (await ask("dataCenterView", { params: { dataCenter: east.dataCenter } })).status === 200;

  test("removes everything there first, then forgets it and its components", async () => {
    const operation = await leave(false);
    await work();
    expect((await runsIn(east)).map(([, wanted]) => wanted)).toEqual(["removed", "removed"]);
    expect(await isThere()).toBe(true);
    for (const component of [db, web]) await east.report({ component: component.id, phase: "removed" });
    await work();
    expect([await isThere(), (await world.operation(operation.id)).state]).toEqual([false, "succeeded"]);
    expect((await ask("agentDesired", { as: await east.bearer() })).status).toBe(401);
    expect((await ask("componentList")).body.items).toEqual([]);
    expect((await ask("dataCenterCreate", { body: { name: "east" } })).status).toBe(201);
  });

  test("with keep, what runs there is never told to go: the agent is refused before anything is forgotten", async () => {
    const operation = await leave(true);
    expect((await ask("agentDesired", { as: await east.bearer() })).status).toBe(401);
    await work();
    expect([await isThere(), (await world.operation(operation.id)).state]).toEqual([false, "succeeded"]);
    expect((await ask("componentView", { params: { component: db.id } })).status).toBe(404);
  });

  test("what was only about to arrive stays where it is; what was about to go is not left behind there", async () => {
    const here = await world.create({ name: "here", dataCenter: west.dataCenter });
    await deployIn(west, here);
    await move(here, east);
    const plan = { params: { dataCenter: east.dataCenter }, body: { kind: "leave" } };
    expect((await ask("dataCenterPlan", plan)).body.effects.map((e) => e.component)).not.toContain(here.id);
    await move(db, west);
    const operation = await leave(true);
    await work();
    expect((await world.operation(operation.id)).state).toBe("succeeded");
    expect(await world.view(here.id)).toMatchObject({ dataCenter: west.dataCenter, moving: null, removing: false });
    expect(Object.fromEntries(await runsIn(west))).toEqual({ [here.id]: "running", [db.id]: "removed" });
  });
  describe("which something is just leaving", () => {
    const leaving = async () => {
      await move(web, west);
      await serve(west, web, "west");
      await work();
      await settleWork();
      expect(Object.fromEntries(await runsIn(east))[web.id]).toBe("removed");
    };
    test("waits until that has gone from there, too", async () => {
      await leaving();
      const operation = await leave(false);
      await work();
      await east.report({ component: db.id, phase: "removed" });
      await work();
      expect(await isThere()).toBe(true);
      await east.report({ component: web.id, phase: "removed" });
      await sweepOperations(world.api.deps);
      await work();
      expect([await isThere(), (await world.operation(operation.id)).state]).toEqual([false, "succeeded"]);
      expect(await world.view(web.id)).toMatchObject({ dataCenter: west.dataCenter, moving: null, removing: false });
    });
    test("with keep, it has arrived: nobody will ever say that it has left", async () => {
      await leaving();
      const operation = await leave(true);
      await work();
      expect([await isThere(), (await world.operation(operation.id)).state]).toEqual([false, "succeeded"]);
      expect(await world.view(web.id)).toMatchObject({ dataCenter: west.dataCenter, moving: null, operation: null });
    });
  });
  test("that no agent ever joined takes no time: nothing can run there", async () => {
    const { id } = (await ask("dataCenterCreate", { body: { name: "north" } })).body.dataCenter;
    const waits = await world.create({ name: "waits", source: { kind: "image", image: "x:1" }, dataCenter: id });
    expect((await ask("componentDeploy", { params: { component: waits.id }, body: {} })).status).toBe(202);
    const { body: operation } = await ask("dataCenterLeave", { params: { dataCenter: id }, body: {} });
    await work();
    expect((await world.operation(operation.id)).state).toBe("succeeded");
    expect((await ask("dataCenterView", { params: { dataCenter: id } })).status).toBe(404);
    expect((await ask("componentView", { params: { component: waits.id } })).status).toBe(404);
  });
  test("409: whose agent was revoked, nobody can remove what runs there; with keep it can be given up", async () => {
    await ask("dataCenterRevoke", { params: { dataCenter: east.dataCenter } });
    const refused = await ask("dataCenterLeave", { params: { dataCenter: east.dataCenter }, body: {} });
    expect([refused.status, reason(refused)]).toEqual([409, "data-center.nobody-removes"]);
    expect(await world.view(web.id)).toMatchObject({ removing: false });
    await leave(true);
    await work();
    expect(await isThere()).toBe(false);
  });
  test("ends what is being done with its nodes", async () => {
    await tellNode(world.api, await east.bearer());
    const params = { dataCenter: east.dataCenter, node: testNode.name };
    const { body: operation } = await ask("nodeDrain", { params });
    await leave(true);
    await work();
    await sweepOperations(world.api.deps);
    expect((await world.operation(operation.id)).state).toBe("cancelled");
  });
  test("W6: ends its drain", async () => {
    const { body: operation } = await ask("dataCenterDrain", {
      params: { dataCenter: east.dataCenter },
      body: { to: west.dataCenter },
    });
    await leave(false);
    expect((await world.operation(operation.id)).state).toBe("superseded");
  });

  describe("while something arrives in it", () => {
    /** What happens before the next write of a row whose sort key this is. */
    const meanwhile = (sk: (key: string) => boolean, act: () => Promise<unknown>) =>
      table.before((write) => sk(keyIn(write)), act);
    const isComponent = (key: string) => key.startsWith("component#");
    const create = (name: string) =>
      ask("componentCreate", {
        params: { application: world.application },
        body: { name, source: { kind: "git", url: "https://example.org/x.git" }, dataCenter: north.dataCenter },
      });
    let table: ReturnType<typeof interruptedTable<Table>>;
    let north: TestAgent;
    const leaveNorth = async () => {
      const { body } = await ask("dataCenterLeave", { params: { dataCenter: north.dataCenter }, body: {} });
      await work();
      return body;
    };
    const start = async () => {
      const deps = memoryDeps();
      table = interruptedTable<Table>(deps.table);
      world = await startWorld({ ...deps, table });
      ask = world.ask;
      north = await join("north");
    };

    test("a component that was made since it was looked through is removed with the others", async () => {
      await start();
      meanwhile(
        (key) => key === "data-center",
        () => create("late"),
      );
      const { id } = await leaveNorth();
      expect((await ask("componentList")).body.items).toEqual([]);
      expect(await world.operation(id)).toMatchObject({ state: "succeeded", steps: [{ params: { label: "late" } }] });
    });
    test("404: a component is not made where nothing is any more", async () => {
      await start();
      meanwhile(isComponent, leaveNorth);
      expect((await create("late")).status).toBe(404);
      expect((await ask("componentList")).body.items).toEqual([]);
    });
    test("404: a component is not moved there", async () => {
      await start();
      const { id: component } = await world.create();
      await world.deployed(component);
      meanwhile(isComponent, leaveNorth);
      expect(await ask("componentMove", { params: { component }, body: { dataCenter: north.dataCenter } })).toMatchObject({
        status: 404,
      });
      expect((await world.view(component)).moving).toBeNull();
    });
  });

  test("says what stood against it, and can be asked again", async () => {
    const operation = await leave(false);
    await work();
    const again = await ask("dataCenterLeave", { params: { dataCenter: east.dataCenter }, body: {} });
    expect([again.status, again.body]).toMatchObject([
      409,
      { error: { reason: "data-center.leaving", params: { name: "east" } } },
    ]);
    const cancelled = await ask("operationCancel", { params: { operation: operation.id } });
    expect([cancelled.status, reason(cancelled)]).toEqual([409, "operation.leave-goes-on"]);
    const { sweepOperations } = await import("../../shared/control/expire-operation.ts");
    await world.api.deps.clock.advance(7 * 3_600_000);
    await sweepOperations(world.api.deps);
    await work();
    expect((await world.operation(operation.id)).state).toBe("failed");
    await leave(true);
    await work();
    expect(await isThere()).toBe(false);
  });
});
