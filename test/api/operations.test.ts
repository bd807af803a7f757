import { beforeEach, describe, expect, test } from "@jest/globals";
import type { ScheduledEvent } from "aws-lambda";
import type { Context } from "aws-lambda";
import { startWorld, type World } from "../support/components.ts";
import { interruptedTable, keyIn } from "../support/interrupted-table.ts";
import { memoryDeps } from "../support/memory-deps.ts";
import { signUp } from "../support/people.ts";
import { sweepWatches as sweep } from "../support/functions.ts";

let world: World;
let ask: World["ask"];
let id: string;
beforeEach(async () => {
  world = await startWorld();
  ask = world.ask;
  ({ id } = await world.create());
});
const sweepAll = async () => sweep({} as ScheduledEvent, {} as Context);
const deploy = async () => (await ask("componentDeploy", { params: { component: id }, body: {} })).body.operation;
const scale = async (replicas: number) =>
  (await ask("componentScale", { params: { component: id }, body: { replicas } })).body.operation;
const cancel = (operation: string) => ask("operationCancel", { params: { operation } });
const releases = async () => (await ask("releaseList", { params: { component: id } })).body.items;
const simple = (name: "componentStart" | "componentStop" | "componentRestart" | "componentConfigure") =>
  ask(name, { params: { component: id } });

describe("W6: the newest intent wins", () => {
  test("a newer operation supersedes the unfinished one, and cancels its build", async () => {
    await world.deployed(id);
    const first = await deploy();
    await world.work();
    const second = await deploy();
    expect(await world.operation(first.id)).toMatchObject({ state: "superseded", endedAt: expect.any(String) });
    expect((await ask("buildView", { params: { build: first.build ?? "" } })).body.state).toBe("cancelled");
    const told = await world.reportBuild(first.build ?? "", { version: 1, sequence: 1, steps: [] });
    expect(told).toMatchObject({ status: 200, body: { cancelled: true } });
    expect((await world.view(id)).operation).toBe(second.id);
  });
  test("a report of an older generation ends nothing", async () => {
    await world.deployed(id);
    const old = await world.agent.workload(id);
    const operation = await scale(3);
    await world.agent.report({ component: old.component, generation: old.generation, serving: old.release });
    expect((await world.operation(operation.id)).state).toBe("running");
    await world.agent.settle(id);
    expect((await world.operation(operation.id)).state).toBe("succeeded");
  });
  test("an older report does not replace a newer one, and the same twice changes nothing", async () => {
    await world.deployed(id);
    const { component, release } = await world.agent.workload(id);
    await world.agent.report({ component, serving: release, sequence: 50 });
    const { sequence } = await world.view(id);
    await world.agent.report({ component, phase: "failed", sequence: 50 });
    await world.agent.report({ component, phase: "failed", sequence: 49 });
    expect(await world.view(id)).toMatchObject({ sequence });
  });
  test("A5: the same Idempotency-Key gives the same operation", async () => {
    const headers = { "idempotency-key": "once" };
    const [a, b] = [
      await ask("componentDeploy", { params: { component: id }, body: {}, headers }),
      await ask("componentDeploy", { params: { component: id }, body: {}, headers }),
    ];
    expect(b.body.operation.id).toBe(a.body.operation.id);
    expect((await ask("operationList")).body.items).toHaveLength(1);
  });
});

describe("what each operation does", () => {
  beforeEach(async () => {
    await world.deployed(id);
  });
  test("scale: as many instances, no new release", async () => {
    const operation = await scale(3);
    expect((await world.agent.workload(id)).configuration.replicas).toBe(3);
    await world.agent.settle(id);
    expect((await world.operation(operation.id)).state).toBe("succeeded");
    expect(await world.view(id)).toMatchObject({ status: "running", undeployed: false, release: { number: 1 } });
  });
  test("stop keeps the release; start brings it back; restart counts up", async () => {
    const before = await world.agent.workload(id);
    await simple("componentStop");
    expect(await world.agent.workload(id)).toMatchObject({ wanted: "stopped", release: before.release });
    await world.agent.settle(id);
    expect((await world.view(id)).status).toBe("stopped");
    await simple("componentStart");
    await world.agent.settle(id);
    expect((await world.view(id)).status).toBe("running");
    await simple("componentRestart");
    expect((await world.agent.workload(id)).restart).toBe(before.restart + 1);
  });
  test("409 with the reason: what makes no sense now", async () => {
    const started = await simple("componentStart");
    expect([started.status, started.body]).toMatchObject([409, { error: { next: expect.stringContaining("restart") } }]);
    const other = await world.create({ name: "new" });
    expect((await ask("componentRestart", { params: { component: other.id } })).status).toBe(409);
  });
  test("W7: rollback to a release of any age restores artifact, variables, ports and scale", async () => {
    const first = await world.agent.workload(id);
    const set = { COLOR: { kind: "plain", value: "blue" } };
    await ask("variableUpdate", { params: { component: id }, body: { set, unset: [] } });
    await ask("componentUpdate", {
      params: { component: id },
      body: { configuration: { replicas: 3, ports: [{ port: 9090, protocol: "http", internal: true, external: true }] } },
    });
    await world.deployed(id, "2");
    await world.deployed(id, "3");
    const { body } = await ask("componentRollback", { params: { component: id }, body: { release: first.release } });
    await world.agent.settle(id);
    await world.work();
    expect((await world.operation(body.operation.id)).state).toBe("succeeded");
    const now = await world.agent.workload(id);
    expect(now).toMatchObject({
      releaseNumber: 4,
      artifact: first.artifact,
      variables: first.variables,
      configuration: first.configuration,
    });
    expect(await world.view(id)).toMatchObject({ undeployed: false, configuration: { replicas: 1, ports: [{ port: 8080 }] } });
    expect((await ask("variableList", { params: { component: id } })).body.items).toEqual([]);
    expect((await releases())[0]).toMatchObject({ number: 4, reason: "rollback", rollbackOf: 1, outcome: "deployed" });
  });
  test("W7: rollback to a release of an image names the release that was the first to run it", async () => {
    const image = await world.create({ name: "image", source: { kind: "image", image: "example.org/web:1" } });
    const deploy = async () => {
      await ask("componentDeploy", { params: { component: image.id } });
      await world.agent.settle(image.id);
      await world.work();
      return world.agent.workload(image.id);
    };
    const first = await deploy();
    expect(first.artifact).not.toHaveProperty("pinnedBy");
    const second = await deploy();
    expect(second.artifact).not.toHaveProperty("pinnedBy");
    for (const release of [first.release, second.release, first.release]) {
      await ask("componentRollback", { params: { component: image.id }, body: { release } });
      await world.agent.settle(image.id);
      await world.work();
      expect((await world.agent.workload(image.id)).artifact).toMatchObject({
        reference: "example.org/web:1",
        pinnedBy: release,
      });
    }
  });
  describe("W7: a release whose configuration cannot run any more is not gone back to, and nothing changes", () => {
    const capable = async (available: boolean) => {
      const capabilities = [{ name: "files", available, message: available ? "It can." : "No user namespaces." }];
      await ask("agentReport", { as: await world.agent.bearer(), body: { version: 1, observations: [], capabilities } });
    };
    const edit = (configuration: object) => ask("componentUpdate", { params: { component: id }, body: { configuration } });
    /** Released with `then`, and later without. */
    const releasedWith = async (then: object, without: object) => {
      expect((await edit(then)).status).toBe(200);
      await world.deployed(id, "2");
      const release = (await world.view(id)).release?.id ?? "";
      await edit(without);
      await world.deployed(id, "3");
      return release;
    };
    const refused = async (release: string, asEdit: object) => {
      const before = [await world.view(id), await releases(), await world.agent.workload(id)];
      const own = await edit(asEdit);
      const body = { kind: "rollback", release };
      const back = await ask("componentRollback", { params: { component: id }, body: { release } });
      const plan = await ask("componentPlan", { params: { component: id }, body });
      expect(own.status).toBe(400);
      const words = ({ status, body }: { status: number; body: unknown }) => [
        status,
        { ...(body as { error: object }).error, request: null },
      ];
      expect([words(back), words(plan)]).toEqual([words(own), words(own)]);
      expect([await world.view(id), await releases(), await world.agent.workload(id)]).toEqual(before);
    };
    test("as its data center cannot do any more what it asks for", async () => {
      await capable(true);
      const files = [{ path: "/etc/motd", content: "hello", executable: false }];
      const release = await releasedWith({ files }, { files: [] });
      await capable(false);
      await refused(release, { files });
      await capable(true);
      expect((await ask("componentRollback", { params: { component: id }, body: { release } })).status).toBe(202);
    });
    test("as what it depends on is gone, or has closed its port", async () => {
      const { id: store } = await world.create({ name: "store" });
      const dependencies = [{ component: store, port: 8080, alias: "STORE" }];
      const release = await releasedWith({ dependencies }, { dependencies: [] });
      const ports = [{ port: 8080, protocol: "http", internal: false, external: false }];
      await ask("componentUpdate", { params: { component: store }, body: { configuration: { ports } } });
      await refused(release, { dependencies });
      await ask("componentRemove", { params: { component: store } });
      await refused(release, { dependencies });
    });
    test("but what it lacks now already keeps nobody from going back", async () => {
      const { id: store } = await world.create({ name: "store" });
      await edit({ dependencies: [{ component: store, port: 8080, alias: "STORE" }] });
      await world.deployed(id, "2");
      const release = (await world.view(id)).release?.id ?? "";
      await world.deployed(id, "3");
      await ask("componentRemove", { params: { component: store } });
      expect((await ask("componentRollback", { params: { component: id }, body: { release } })).status).toBe(202);
    });
  });
  test("404: a release of another component cannot be rolled back to", async () => {
    const other = await world.create({ name: "other" });
    await world.deployed(other.id);
    const release = (await world.view(other.id)).release?.id;
    expect((await ask("componentRollback", { params: { component: id }, body: { release } })).status).toBe(404);
  });
  test("remove: told to the data center, gone when that says so, then nothing is left but what was done to it", async () => {
    const { body: operation } = await ask("componentRemove", { params: { component: id } });
    expect((await world.agent.desired()).find((c) => c.component === id)?.workload).toBeNull();
    expect((await world.view(id)).removing).toBe(true);
    expect((await ask("componentDeploy", { params: { component: id }, body: {} })).status).toBe(409);
    await world.agent.settle(id);
    await world.work();
    expect((await world.operation(operation.id)).state).toBe("succeeded");
    expect((await ask("componentView", { params: { component: id } })).status).toBe(404);
    expect(await world.agent.desired()).toEqual([]);
    const rows = [...(world.api.deps.table as unknown as { rows: Map<string, unknown> }).rows.keys()];
    expect(rows.filter((key) => key.includes(id))).toEqual([]);
  });
  test("removing an application removes all in it, and itself last", async () => {
    await world.create({ name: "never-deployed" });
    const body = { name: "late", source: { kind: "git", url: "https://example.org/x.git" } };
    expect((await ask("applicationRemove", { params: { application: world.application } })).body.removing).toBe(true);
    expect((await ask("componentCreate", { params: { application: world.application }, body })).status).toBe(409);
    await world.agent.settle(id);
    await world.work();
    expect((await ask("applicationList")).body.items).toEqual([]);
    expect((await ask("applicationCreate", { body: { name: "shop" } })).status).toBe(201);
  });
});

describe("removing an application", () => {
  const applications = async () => (await ask("applicationList")).body.items.map(({ name }) => name);
  const remove = () => ask("applicationRemove", { params: { application: world.application } });
  async function start() {
    const deps = memoryDeps();
    const table = interruptedTable(deps.table);
    world = await startWorld({ ...deps, table });
    ask = world.ask;
    return table;
  }

  test("W6: goes on after a crash in the middle, whether or not anybody asks again", async () => {
    const table = await start();
    ({ id } = await world.create());
    await world.deployed(id);
    table.before(
      (write) => keyIn(write) === `component#${id}`,
      () => Promise.reject(new Error("the process died")),
    );
    const headers = { "idempotency-key": "once" };
    expect((await ask("applicationRemove", { params: { application: world.application }, headers })).body.removing).toBe(true);
    expect((await world.view(id)).removing).toBe(false);
    await world.api.deps.clock.advance(60_000);
    await world.work();
    expect((await world.view(id)).removing).toBe(true);
    await world.agent.settle(id);
    await world.work();
    expect(await applications()).toEqual([]);
  });
  test("W6: goes on past a component that somebody else removes at the same time", async () => {
    const table = await start();
    const made = [await world.create({ name: "one" }), await world.create({ name: "two" })];
    for (const one of made) await world.deployed(one.id);
    table.before(
      (write) => keyIn(write) === `component#${made[0]?.id}`,
      () => ask("componentRemove", { params: { component: made[0]?.id ?? "" } }),
    );
    expect((await remove()).status).toBe(202);
    expect((await ask("componentList")).body.items.map(({ removing }) => removing)).toEqual([true, true]);
  });
  test("takes the name of no other that was made since: two who look whether it is empty may both find so", async () => {
    const table = await start();
    table.before(
      (write) => write.kind === "remove" && keyIn(write) === `application#${world.application}`,
      async () => {
        expect((await remove()).status).toBe(202);
        expect((await ask("applicationCreate", { body: { name: "shop" } })).status).toBe(201);
      },
    );
    expect((await remove()).status).toBe(202);
    expect(await applications()).toEqual(["shop"]);
    expect((await ask("applicationCreate", { body: { name: "shop" } })).status).toBe(409);
  });
});

describe("W8: a release that does not become healthy", () => {
  test("is marked failed; the one before, which still serves, is wanted again; the operation says so", async () => {
    await world.deployed(id);
    const good = (await world.view(id)).release;
    const { id: operation } = await world.built(id, "2");
    await world.agent.fail(id, good?.id ?? null);
    await world.work();
    expect(await world.operation(operation)).toMatchObject({
      state: "failed",
      failure: { code: "port.not-listening", next: expect.stringContaining("Release 1") },
    });
    expect((await world.view(id)).release).toEqual(good);
    expect(await world.agent.workload(id)).toMatchObject({ release: good?.id });
    expect((await releases()).map((r) => [r.number, r.outcome])).toEqual([
      [2, "failed"],
      [1, "deployed"],
    ]);
    await world.agent.settle(id);
    const view = await world.view(id);
    expect([view.status, view.advice[0]?.code]).toEqual(["running", "port.not-listening"]);
  });
  test("the first one has nothing to fall back to: it stays wanted, and counts as deployed once it gets healthy after all", async () => {
    const { id: operation } = await world.built(id);
    await world.agent.fail(id, null);
    expect((await world.operation(operation)).state).toBe("failed");
    expect((await world.view(id)).status).toBe("failed");
    await world.agent.settle(id);
    expect((await releases())[0]?.outcome).toBe("deployed");
  });
  test("a cancelled rollout goes back too", async () => {
    await world.deployed(id);
    const good = (await world.view(id)).release;
    const { id: operation } = await world.built(id, "2");
    expect((await cancel(operation)).body.state).toBe("cancelled");
    expect((await cancel(operation)).status).toBe(202);
    expect(await world.agent.workload(id)).toMatchObject({ release: good?.id });
  });
});

describe("an operation's end", () => {
  test("its build fails: so does it, for the same reason", async () => {
    const operation = await deploy();
    await world.work();
    const result = {
      state: "failed",
      code: "build.command",
      message: "npm run build ended with 1.",
      next: "See the log.",
      logLine: 1,
    } as const;
    await world.reportBuild(operation.build ?? "", { version: 1, sequence: 1, result });
    expect(await world.operation(operation.id)).toMatchObject({ state: "failed", failure: { code: "build.command" } });
    const view = await world.view(id);
    expect([view.status, view.advice[0]?.code]).toEqual(["failed", "build.command"]);
  });
  test("what is served has the person's variables apart from the build's: only who runs it knows where `{slug}` lies", async () => {
    await world.deployed(id);
    const { artifact, variables } = (await world.agent.workload(id)) ?? {};
    expect(artifact?.variables).toMatchObject({ NODE_ENV: "production" });
    expect(variables).not.toHaveProperty("NODE_ENV");
  });
  test("its deadline passes: it fails with what it waited for, and the release before is wanted again", async () => {
    await world.deployed(id);
    const { id: operation, deadline } = await world.built(id, "2");
    await world.api.deps.clock.advance(Date.parse(deadline) - world.api.deps.clock.now().getTime() - 1_000);
    await sweepAll();
    expect((await world.operation(operation)).state).toBe("running");
    // The agent is heard from, only this component is not.
    await ask("agentReport", { as: await world.agent.bearer(), body: { version: 1, observations: [] } });
    await world.api.deps.clock.advance(1_000);
    await sweepAll();
    expect(await world.operation(operation)).toMatchObject({ state: "failed", failure: { code: "deadline.rollout" } });
    expect(await world.agent.workload(id)).toMatchObject({ releaseNumber: 1 });
  });
  test("its data center is away: it fails with that, and what is wanted stays wanted", async () => {
    await world.deployed(id);
    const { id: operation, deadline } = await world.built(id, "2");
    await world.api.deps.clock.advance(Date.parse(deadline) - world.api.deps.clock.now().getTime());
    await sweepAll();
    expect(await world.operation(operation)).toMatchObject({ failure: { code: "data-center.disconnected" } });
    expect(await world.agent.workload(id)).toMatchObject({ releaseNumber: 2 });
    expect((await world.view(id)).status).toBe("unknown");
  });
  test("409: what is over, and what takes effect at once, cannot be cancelled", async () => {
    const done = await world.deployed(id);
    expect((await cancel(done.id)).status).toBe(409);
    expect((await cancel((await scale(2)).id)).status).toBe(409);
  });
  test("404: another team's operation", async () => {
    const { id: operation } = await deploy();
    const bob = await signUp(world.api, "bob@example.org");
    const as = { as: bob.token, team: bob.team, params: { operation } };
    expect((await ask("operationView", as)).status).toBe(404);
    expect((await ask("operationCancel", as)).status).toBe(404);
    expect((await ask("operationList", { as: bob.token, team: bob.team })).body.items).toEqual([]);
  });
});
