import { beforeEach, describe, expect, test } from "@jest/globals";
import type { NodeTaskReport } from "../../shared/contract/agent.ts";
import { sweepOperations } from "../../shared/control/expire-operation.ts";
import { objectionToNodeChanges } from "../../shared/domain/node-change.ts";
import { startWorld, type World } from "../support/components.ts";
import { signUpMember } from "../support/people.ts";
import { registerAgent, tellNode, testNode, type TestAgent } from "../support/data-center.ts";

let world: World;
let ask: World["ask"];
let agent: TestAgent;
beforeEach(async () => {
  world = await startWorld();
  ask = world.ask;
  const { body } = await ask("dataCenterCreate", { body: { name: "east" } });
  agent = await registerAgent(world.api, body.join.token, "kubernetes");
  await tellNode(world.api, await agent.bearer());
});

const params = () => ({ dataCenter: agent.dataCenter, node: testNode.name });
const drain = async () => (await ask("nodeDrain", { params: params() })).body;
const tasks = async () =>
  (await ask("agentDesired", { as: await agent.bearer(), query: { cursor: "0" } })).body.nodeTasks?.map((t) => t.change.kind);
const tell = async (report: Partial<NodeTaskReport> & Pick<NodeTaskReport, "operation">) =>
  ask("agentReport", {
    as: await agent.bearer(),
    body: { version: 1, observations: [], nodeTasks: [{ state: "running", left: 0, blocked: [], ...report }] },
  });
const refusal = (got: { status: number; body: unknown }) => [
  got.status,
  (got.body as { error?: { reason?: string } }).error?.reason,
];

describe("R1: what is asked of a node", () => {
  test("reaches the agent with desired state, tells how it goes, and ends when the agent says so", async () => {
    const operation = await drain();
    expect(operation).toMatchObject({ kind: "node-drain", node: "n1", dataCenter: agent.dataCenter, state: "running" });
    expect(await tasks()).toEqual(["drain"]);
    await tell({ operation: operation.id, left: 2, blocked: ["web-0"] });
    const [, evict] = (await world.operation(operation.id)).steps;
    expect(evict).toMatchObject({ name: "evict", state: "running", code: "node.draining-held" });
    expect(evict?.params).toEqual({ left: 2, names: "web-0" });
    await tell({ operation: operation.id, state: "succeeded" });
    const after = await world.operation(operation.id);
    expect([after.state, after.steps.map((step) => step.state)]).toEqual(["succeeded", ["succeeded", "succeeded"]]);
    expect(await tasks()).toEqual([]);
  });
  test("wakes the agent, and is in the audit log", async () => {
    await ask("nodeUpdate", { params: params(), body: { labels: { zone: "b", rack: null } } });
    const entries = (await ask("auditList", {})).body.items;
    expect(entries[0]).toMatchObject({
      operation: "nodeUpdate",
      subject: agent.dataCenter,
      changes: [{ path: "nodes.n1", after: { kind: "edit", labels: { zone: "b", rack: null } } }],
    });
    expect(await tasks()).toEqual(["edit"]);
  });
  test("can be given up: the agent is not asked for it any more, and what it still tells changes nothing", async () => {
    const { id } = await drain();
    const given = await ask("operationCancel", { params: { operation: id } });
    expect([given.status, given.body.state]).toEqual([202, "cancelled"]);
    expect(await tasks()).toEqual([]);
    await tell({ operation: id, state: "succeeded" });
    expect((await world.operation(id)).state).toBe("cancelled");
  });
  test("403: is given up by those alone who may ask for it", async () => {
    const { id } = await drain();
    const { token: as } = await signUpMember(world.api, world.ada, "developer");
    expect(refusal(await world.api.ask("operationCancel", { as, params: { operation: id } }))).toEqual([
      403,
      "role.insufficient",
    ]);
    expect(await tasks()).toEqual(["drain"]);
  });
  test("is one thing at a time; to uncordon it ends what was asked before", async () => {
    const { id } = await drain();
    expect(refusal(await ask("nodeCordon", { params: params() }))).toEqual([409, "node.busy"]);
    expect((await ask("nodeUncordon", { params: params() })).status).toBe(202);
    expect((await world.operation(id)).state).toBe("superseded");
    expect(await tasks()).toEqual(["uncordon"]);
  });
  test("fails with the agent's reason", async () => {
    const { id } = await drain();
    await tell({ operation: id, state: "failed", signal: { code: "node.refused", detail: { message: "no right" } } });
    expect((await world.operation(id)).failure).toMatchObject({
      code: "node.refused",
      message: expect.stringContaining("no right"),
    });
    expect(await tasks()).toEqual([]);
  });
  test("ends as failed when its time is over", async () => {
    const { id } = await drain();
    await world.api.deps.clock.advance(2 * 3_600_000 + 1);
    await sweepOperations(world.api.deps);
    const after = await world.operation(id);
    expect([after.state, after.failure?.code]).toEqual(["failed", "deadline.node"]);
    expect(await tasks()).toEqual([]);
  });
  test("another data center's agent can tell nothing of it", async () => {
    const { id } = await drain();
    await ask("agentReport", {
      as: await world.agent.bearer(),
      body: { version: 1, observations: [], nodeTasks: [{ operation: id, state: "succeeded", left: 0, blocked: [] }] },
    });
    expect((await world.operation(id)).state).toBe("running");
  });
});

describe("R1: what nobody can ask", () => {
  test("404: of a node that is not there", async () => {
    const got = await ask("nodeCordon", { params: { ...params(), node: "n2" } });
    expect(got.status).toBe(404);
  });
  test("409: of agents that cannot, or that are away", async () => {
    await world.api.deps.clock.advance(91_000);
    expect(refusal(await ask("nodeCordon", { params: params() }))).toEqual([409, "node.away"]);
    expect(objectionToNodeChanges({ name: "x", state: "connected", capabilities: [] })?.code).toBe("node.not-managed");
  });
  test("403: of a data center that the platform offers to everyone", async () => {
    const got = await ask("nodeCordon", { params: { dataCenter: world.agent.dataCenter, node: "n1" } });
    expect(refusal(got)).toEqual([403, "data-center.platform"]);
  });
  test("400: of labels and taints that are Kubernetes' own", async () => {
    const edit = (body: object) => ask("nodeUpdate", { params: params(), body });
    expect(refusal(await edit({ labels: { "kubernetes.io/hostname": "x" } }))).toEqual([400, "node.own-names"]);
    const taints = [{ key: "node.kubernetes.io/unreachable", value: null, effect: "NoExecute" }];
    expect(refusal(await edit({ taints }))).toEqual([400, "node.own-names"]);
    expect((await edit({ labels: { "node-role.kubernetes.io/edge": "" } })).status).toBe(202);
  });
  test("409: of taints that somebody has changed since they were looked at, with those there are now", async () => {
    const taints = [{ key: "slow", value: null, effect: "NoSchedule" }];
    const edit = (taintsSeen: object[]) => ask("nodeUpdate", { params: params(), body: { taints, taintsSeen } });
    const got = await edit([]);
    expect(refusal(got)).toEqual([409, "node.taints-changed"]);
    expect(got.body).toMatchObject({ error: { message: expect.stringContaining("gpu:NoSchedule") } });
    expect(await tasks()).toEqual([]);
    const own = { key: "node.kubernetes.io/unschedulable", value: null, effect: "NoSchedule" };
    expect((await edit([own, ...testNode.taints])).status).toBe(202);
  });
  test("400: of a label that is none", async () => {
    expect((await ask("nodeUpdate", { params: params(), body: { labels: { "a b": "c" } } })).status).toBe(400);
  });
});
