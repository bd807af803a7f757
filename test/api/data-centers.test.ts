import { beforeEach, describe, expect, test } from "@jest/globals";
import { isOverPayload } from "../../infra/local/faas/payload.ts";
import { createEmbeddedDataCenter } from "../../shared/control/create-data-center.ts";
import { openConnection } from "../../shared/control/realtime/connect.ts";
import type { AgentId, DataCenterId } from "../../shared/contract/id.ts";
import { desiredDigest } from "../../shared/domain/desired-digest.ts";
import { defaultQuota, variablesBytesMax } from "../../shared/domain/quota.ts";
import { startWorld, type World } from "../support/components.ts";
import { registerAgent } from "../support/data-center.ts";
import { signUp } from "../support/people.ts";

let world: World;
let ask: World["ask"];
beforeEach(async () => {
  world = await startWorld();
  ask = world.ask;
});
const list = async () => (await ask("dataCenterList")).body.items;
const desired = async (cursor: number) =>
  (await ask("agentDesired", { as: await world.agent.bearer(), query: { cursor: String(cursor) } })).body;

test("W9: nodes are listed as the agent told them, with what is wrong in words; those of an agent before are not", async () => {
  const dataCenter = world.agent.dataCenter;
  const nodes = async () => (await ask("dataCenterNodes", { params: { dataCenter } })).body;
  expect(await nodes()).toEqual({ at: null, items: [] });
  const node = {
    name: "n1",
    ready: false,
    cordoned: true,
    version: "v1.35.0",
    createdAt: null,
    cpuMillis: 4_000,
    memoryBytes: 8e9,
    diskBytes: 1e11,
    used: null,
    instances: 3,
    labels: { zone: "a" },
    taints: [{ key: "gpu", value: null, effect: "NoSchedule" }],
  };
  const told = { ...node, signals: [{ code: "node.not-ready", detail: { message: "kubelet stopped" } }] };
  const tell = async (agent: World["agent"]) =>
    ask("agentReport", { as: await agent.bearer(), body: { version: 1, observations: [], nodes: [told] } });
  await tell(world.agent);
  expect((await nodes()).items).toEqual([
    {
      ...node,
      otherPods: null,
      advice: [expect.objectContaining({ code: "node.not-ready", message: "The node is not ready: kubelet stopped" })],
    },
  ]);
  const { joinToken } = await createEmbeddedDataCenter(world.api.deps);
  await registerAgent(world.api, joinToken);
  expect(await nodes()).toEqual({ at: null, items: [] });
});

test("W9: what the team uses there is the sum of what the agents told of its components, beside its limits", async () => {
  const { dataCenter } = world.agent;
  const web = await world.create({ configuration: { replicas: 2, resources: { memoryMib: 100, cpuMillis: 100 } } });
  const usage = async () => (await ask("dataCenterUsage", { params: { dataCenter } })).body;
  expect((await usage()).team).toMatchObject({ instances: 0, cpuMillis: 0, memoryBytes: 0 });
  const instance = (id: string, cpuMillis: number) => ({
    id,
    release: "rel_0000000000000001",
    releaseNumber: 1,
    state: "ready",
    restarts: 0,
    startedAt: null,
    lastExit: null,
    memoryBytes: 1_000,
    cpuMillis,
    node: "n1",
  });
  const observation = {
    component: web.id,
    tenant: world.ada.team,
    generation: 1,
    sequence: 1,
    phase: "settled",
    serving: null,
    instances: [instance("one", 10), instance("two", 20)],
    steps: [],
    signals: [],
    addresses: [],
    at: world.api.deps.clock.now().toISOString(),
  };
  const capability = { name: "usage", available: true, message: "Nodes tell what instances use.", code: "capability.usage" };
  await ask("agentReport", {
    as: await world.agent.bearer(),
    body: { version: 1, observations: [observation], capabilities: [capability] },
  });
  expect(await usage()).toMatchObject({
    measuring: { available: true },
    team: {
      tenant: world.ada.team,
      instances: 2,
      cpuMillis: 30,
      memoryBytes: 2_000,
      memoryMibMost: 200,
      limits: { instances: defaultQuota.instances, memoryMib: defaultQuota.memoryMib },
    },
    components: [{ component: web.id, name: web.name, instances: 2, cpuMillis: 30, memoryBytes: 2_000, memoryMibMost: 200 }],
  });
  const other = await signUp(world.api, "bob@example.org");
  const seen = await world.api.ask("dataCenterUsage", { as: other.token, params: { dataCenter } });
  expect(seen.body).toMatchObject({ team: { instances: 0, memoryBytes: 0 }, components: [] });
});

describe("joining", () => {
  test("the embedded data center is made once, however often the platform starts", async () => {
    await createEmbeddedDataCenter(world.api.deps);
    await createEmbeddedDataCenter(world.api.deps);
    expect((await list()).map((d) => [d.name, d.state])).toEqual([["embedded", "connected"]]);
  });
  test("401: a join token works once, and not after its time", async () => {
    const { joinToken } = await createEmbeddedDataCenter(world.api.deps);
    await registerAgent(world.api, joinToken);
    await expect(registerAgent(world.api, joinToken)).rejects.toThrow("401");
    const late = await createEmbeddedDataCenter(world.api.deps);
    await world.api.deps.clock.advance(16 * 60_000);
    await expect(registerAgent(world.api, late.joinToken)).rejects.toThrow("401");
    await expect(registerAgent(world.api, "a token that no one ever made")).rejects.toThrow("401");
  });
  test("an agent that never got its answer joins again with the same key", async () => {
    const { joinToken } = await createEmbeddedDataCenter(world.api.deps);
    const body = {
      version: 1,
      token: joinToken,
      publicKey: { kty: "OKP", crv: "Ed25519", x: "x".repeat(43) },
      agentVersion: "1",
      kind: "embedded",
    };
    const [first, again] = [await ask("agentRegister", { body }), await ask("agentRegister", { body })];
    expect([first.status, again.body]).toEqual([201, first.body]);
  });
  test("401: the agent before is refused once another has joined in its place", async () => {
    const { joinToken } = await createEmbeddedDataCenter(world.api.deps);
    const newer = await registerAgent(world.api, joinToken);
    expect((await ask("agentDesired", { as: await world.agent.bearer() })).status).toBe(401);
    expect((await ask("agentDesired", { as: await newer.bearer() })).status).toBe(200);
  });
  test("the connection of the agent before does not vouch for the one that took its place", async () => {
    const { id, dataCenter } = { id: world.agent.agent as AgentId, dataCenter: world.agent.dataCenter as DataCenterId };
    await openConnection(world.api.deps, "before", { kind: "agent", agent: id, dataCenter }, world.api.deps.clock.now());
    await registerAgent(world.api, (await createEmbeddedDataCenter(world.api.deps)).joinToken);
    await world.api.deps.clock.advance(90_001);
    expect((await list())[0]?.state).toBe("disconnected");
  });
  test("it counts as disconnected 90 s after it was last heard from", async () => {
    await world.api.deps.clock.advance(90_000);
    expect((await list())[0]?.state).toBe("connected");
    await world.api.deps.clock.advance(1);
    expect((await list())[0]?.state).toBe("disconnected");
  });
  test("also when the clock was set back since", async () => {
    await world.api.deps.clock.advance(-3_600_000);
    await ask("agentReport", { as: await world.agent.bearer(), body: { version: 1, observations: [] } });
    await world.api.deps.clock.advance(90_000);
    expect((await list())[0]?.state).toBe("connected");
    await world.api.deps.clock.advance(1);
    expect((await list())[0]?.state).toBe("disconnected");
  });
});

describe("desired state", () => {
  test("comes in order after a cursor, each component once, page by page", async () => {
    const made: string[] = [];
    Object.assign(world.api.deps, { quota: { ...defaultQuota, componentsPerApplication: 200 } });
    for (let at = 0; at < 104; at++)
      made.push(
        (
          await world.create({
            name: `c${at}`,
            source: { kind: "image", image: "x:1" },
            configuration: { resources: { memoryMib: 16, cpuMillis: 10 } },
          })
        ).id,
      );
    for (const component of made) await ask("componentDeploy", { params: { component }, body: {} });
    const first = await desired(0);
    expect([first.changes.length, first.complete, first.more]).toEqual([100, true, true]);
    const second = await desired(first.cursor);
    expect([second.changes.length, second.complete, second.more]).toEqual([4, false, false]);
    expect([...first.changes, ...second.changes].map((c) => c.component)).toEqual(made);
    await ask("componentScale", { params: { component: made[0] ?? "" }, body: { replicas: 2 } });
    const third = await desired(second.cursor);
    expect(third.changes.map((c) => [c.component, c.workload?.configuration.replicas])).toEqual([[made[0], 2]]);
    expect((await desired(third.cursor)).changes).toEqual([]);
  }, 60_000);
});

describe("C6: a page of desired state is an answer that a function may give", () => {
  const image = { kind: "image", image: "x:1" };
  const small = { resources: { memoryMib: 16, cpuMillis: 10 } };
  /** As AWS's proxy hands it on: as JSON inside of JSON. */
  const pages = async () => {
    const all: Awaited<ReturnType<typeof desired>>[] = [];
    for (let cursor = 0, more = true; more; ) {
      const page = await desired(cursor);
      all.push(page);
      ({ cursor, more } = page);
    }
    return all;
  };
  const payloads = (all: readonly object[]) => all.map((page) => isOverPayload({ body: JSON.stringify(page) }));

  test.each([
    ["quotes, which take four bytes there", '"', 14],
    ["letters that take three bytes", "字", 50],
  ])("with variables of %s", async (_, letter, count) => {
    const most = Math.floor((variablesBytesMax - 10) / Buffer.byteLength(letter));
    const values = Array.from({ length: Math.ceil(most / 30_000) }, (_each, at) => Math.min(30_000, most - at * 30_000));
    const variables = values.map((length, at) => ({ name: `V${at}`, kind: "plain", value: letter.repeat(length) }));
    const made: string[] = [];
    for (let at = 0; at < count; at++)
      made.push((await world.create({ name: `c${at}`, source: image, configuration: small, variables })).id);
    for (const component of made) await ask("componentDeploy", { params: { component }, body: {} });
    const all = await pages();
    expect(payloads(all)).toEqual(all.map(() => false));
    expect(all.flatMap((page) => page.changes.map((change) => change.component))).toEqual(made);
  });

  test("with a single component that fills its record", async () => {
    const capabilities = [{ name: "files", available: true, message: "It can." }];
    await ask("agentReport", { as: await world.agent.bearer(), body: { version: 1, observations: [], capabilities } });
    const files = [{ path: "/etc/quotes", content: '"'.repeat(138_000), executable: false }];
    const variables = ["A", "B"].map((name) => ({ name, kind: "secret", value: "x".repeat(32_000) }));
    const { id: component } = await world.create({ source: image, configuration: { ...small, files }, variables });
    await ask("componentDeploy", { params: { component }, body: {} });
    const all = await pages();
    expect([payloads(all), all[0]?.changes[0]?.workload?.configuration.files]).toEqual([[false], files]);
  });
});

describe("everything that is wanted, asked for by somebody who may have it", () => {
  const all = async (digest: string) =>
    (await ask("agentDesired", { as: await world.agent.bearer(), query: { cursor: "0", digest } })).body;
  test("G22: is not sent again when its digest is the same, and no secret is opened for it", async () => {
    const { id } = await world.create();
    await world.deployed(id);
    const { changes, cursor } = await desired(0);
    const digest = await desiredDigest(changes);
    const { secrets } = world.api.deps;
    Object.assign(world.api.deps, { secrets: { ...secrets, open: () => Promise.reject(new Error("a secret was opened")) } });
    expect(await all(digest)).toMatchObject({ changes: [], cursor, complete: true, more: false, same: true });
    Object.assign(world.api.deps, { secrets });
    await ask("componentScale", { params: { component: id }, body: { replicas: 2 } });
    const now = await all(digest);
    expect(now).toEqual(await desired(0));
    expect(now.changes).toHaveLength(1);
  });
});

describe("an observation that is told again", () => {
  const writes = (row: object | undefined) => (row as { generation: number } | undefined)?.generation;
  test("G22: as a mere repetition it changes nothing; whatever else it is, it is taken", async () => {
    const { id, tenant } = await world.create();
    await world.deployed(id);
    const kept = () => world.api.deps.table.get({ pk: `tenant#${tenant}`, sk: `status#${id}` });
    const { instances, addresses } = await world.view(id);
    const measured = instances.map((instance) => ({ ...instance, memoryBytes: 1 }));
    const same = { component: id, serving: (await world.agent.workload(id)).release, instances: measured, addresses };
    await world.agent.report(same as never);
    const before = await kept();
    const used = measured.map((instance) => ({ ...instance, memoryBytes: 99 }));
    await world.agent.report({ ...same, instances: used, repeated: true } as never);
    expect(await kept()).toEqual(before);
    await world.agent.report(same as never);
    expect(writes(await kept())).toBe(Number(writes(before)) + 1);
    await world.agent.report({ ...same, phase: "progressing", repeated: true } as never);
    expect(writes(await kept())).toBe(Number(writes(before)) + 2);
  });
});

describe("another data center's agent", () => {
  test("learns and tells nothing of what is not its own", async () => {
    const { id } = await world.create();
    await world.deployed(id);
    const before = await world.view(id);
    const { joinToken } = await createEmbeddedDataCenter(world.api.deps, "elsewhere");
    const other = await registerAgent(world.api, joinToken);
    expect(await other.desired()).toEqual([]);
    const workload = await world.agent.workload(id);
    const observation = {
      component: workload.component,
      tenant: workload.tenant,
      generation: 99,
      sequence: 99,
      phase: "failed",
      serving: null,
      instances: [],
      steps: [],
      signals: [],
      addresses: [],
      at: "2026-01-01T00:00:00.000Z",
    };
    const told = await ask("agentReport", { as: await other.bearer(), body: { version: 1, observations: [observation] } });
    expect(told.status).toBe(200);
    expect(await world.view(id)).toEqual(before);
  });
});

describe("tickets", () => {
  test("are for one stream of one component at its data center; a viewer gets no terminal", async () => {
    const { id } = await world.create();
    const early = await ask("ticketCreate", { params: { component: id } });
    expect(early.status).toBe(503);
    await ask("agentReport", {
      as: await world.agent.bearer(),
      body: { version: 1, observations: [], streamUrl: "ws://localhost:7071/-/streams" },
    });
    await world.deployed(id);
    const { status, body } = await ask("terminalCreate", { params: { component: id }, body: {} });
    expect([status, body.url]).toEqual([201, "ws://localhost:7071/-/streams"]);
    expect(await world.api.deps.tokens.verify("stream", body.ticket)).toMatchObject({
      component: id,
      kind: "terminal",
      tenant: world.ada.team,
    });
  });
});
