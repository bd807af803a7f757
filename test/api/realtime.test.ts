import { beforeEach, describe, expect, test } from "@jest/globals";
import type { Context } from "aws-lambda";
import type { MemoryConnections } from "../../shared/adapters/memory/connections.ts";
import type { ServerFrame } from "../../shared/contract/stream.ts";
import { artifact, startWorld, type World } from "../support/components.ts";
import { invite, newKey, signUp, signUpMember } from "../support/people.ts";
import { realtime } from "../support/functions.ts";

let world: World;
let id: string;
beforeEach(async () => {
  world = await startWorld();
  ({ id } = await world.create());
});
const connections = () => world.api.deps.connections as MemoryConnections;
const event = async (
  connection: string,
  routeKey: string,
  more: object = {},
  connectedAt = world.api.deps.clock.now().getTime(),
) =>
  (await realtime({ requestContext: { connectionId: connection, routeKey, connectedAt }, ...more } as never, {} as Context)) as {
    statusCode: number;
  };
const open = async (connection: string, as = world.ada.token, team = world.ada.team) => {
  connections().open(connection);
  const headers = { authorization: `Bearer ${as}` };
  return (await event(connection, "$connect", { headers, queryStringParameters: { team } })).statusCode;
};
const say = async (connection: string, frame: object) => {
  await event(connection, "$default", { body: JSON.stringify(frame) });
  await world.work();
};
const subscribe = (connection: string, channel: string, more: object = {}) =>
  say(connection, { type: "subscribe", id: channel, channel, ...more });
const heard = (connection: string): ServerFrame[] =>
  (connections().frames.get(connection) ?? []).map((f) => JSON.parse(f) as ServerFrame);
const data = (connection: string) => heard(connection).flatMap((f) => (f.type === "data" ? [f] : []));
const linesHeard = (connection: string) =>
  data(connection).flatMap((f) => (f.data.kind === "lines" ? f.data.lines.map((l) => l.sequence) : []));
const lines = (from: number, to: number, text = "x") =>
  Array.from({ length: to - from + 1 }, (_, at) => ({
    sequence: from + at,
    at: "2026-01-01T00:00:00.000Z",
    stream: "out" as const,
    instance: null,
    text,
  }));
const deploy = async () => {
  const { body } = await world.ask("componentDeploy", { params: { component: id }, body: {} });
  await world.work();
  return body.operation;
};
const count = (from: number, to: number) => lines(from, to).map((l) => l.sequence);

describe("connecting", () => {
  test("401: without credentials, or for a team one is not in", async () => {
    expect((await event("c", "$connect", { headers: {} })).statusCode).toBe(401);
    const bob = await signUp(world.api, "bob@example.org");
    expect(await open("c", bob.token, world.ada.team)).toBe(404);
  });
  test("a page of another site cannot use the cookie", async () => {
    const headers = { cookie: world.ada.cookie, origin: "https://evil.example" };
    expect((await event("c", "$connect", { headers, queryStringParameters: { team: world.ada.team } })).statusCode).toBe(403);
  });
});

describe("A4: a component's stream", () => {
  test("begins with what is, tells each change, and resumes without repeating", async () => {
    await open("c");
    await subscribe("c", `component/${id}`);
    await world.deployed(id);
    const statuses = data("c").map((f) => (f.data.kind === "component" ? f.data.component.status : "?"));
    expect([statuses[0], statuses.at(-1)]).toEqual(["empty", "running"]);
    const numbers = data("c").map((f) => f.sequence);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    await event("c", "$disconnect");
    await open("d");
    await subscribe("d", `component/${id}`, { after: numbers.at(-1) });
    expect(data("d")).toEqual([]);
    expect(heard("d")).toMatchObject([{ type: "subscribed", resumed: true }, { type: "caught-up" }]);
    await world.ask("componentScale", { params: { component: id }, body: { replicas: 2 } });
    await world.work();
    expect(data("d").length).toBeGreaterThan(0);
  });
  test("an operation's shows its steps and its end", async () => {
    const operation = await deploy();
    await open("c");
    await subscribe("c", `operation/${operation.id}`);
    await world.reportBuild(operation.build ?? "", {
      version: 1,
      sequence: 1,
      result: { state: "succeeded", artifact: artifact() },
    });
    await world.agent.settle(id);
    await world.work();
    const states = data("c").map((f) => (f.data.kind === "operation" ? f.data.operation.state : "?"));
    expect([states[0], states.at(-1)]).toEqual(["pending", "succeeded"]);
  });
  test("the team's says what changed", async () => {
    await world.work();
    await open("c");
    await subscribe("c", "team");
    await world.ask("applicationCreate", { body: { name: "second" } });
    await world.work();
    expect(data("c").map((f) => (f.data.kind === "changed" ? f.data.resource : "?"))).toEqual(["application"]);
  });
});

describe("a build's log", () => {
  const report = async (build: string, sequence: number, more: object) => {
    await world.reportBuild(build, { version: 1, sequence, ...more });
    await world.work();
  };
  test("L6: comes whole and in order, from the start, live, to its end", async () => {
    const { build } = await deploy();
    await report(build ?? "", 1, { lines: lines(1, 300, "y".repeat(500)) });
    await open("c");
    await subscribe("c", `build-log/${build}`, { after: 0 });
    await report(build ?? "", 2, { lines: lines(301, 310) });
    await report(build ?? "", 3, { result: { state: "failed", code: "x", message: "x", next: "x", logLine: null } });
    expect(linesHeard("c")).toEqual(count(1, 310));
    expect(
      heard("c")
        .filter((f) => f.type !== "data")
        .map((f) => f.type),
    ).toEqual(["subscribed", "caught-up", "ended"]);
    for (const frame of connections().frames.get("c") ?? []) expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(32 * 1024);
  });
  test("resumes after the last number seen; a tail begins near the end; a search leaves out the rest", async () => {
    const { build } = await deploy();
    await report(build ?? "", 1, { lines: [...lines(1, 50), ...lines(51, 51, "Needle"), ...lines(52, 60)] });
    await open("c");
    await subscribe("c", `build-log/${build}`, { after: 42 });
    expect(linesHeard("c")).toEqual(count(43, 60));
    await open("d");
    await subscribe("d", `build-log/${build}`, { tail: 5 });
    expect(linesHeard("d")).toEqual(count(56, 60));
    await open("e");
    await subscribe("e", `build-log/${build}`, { after: 0, search: "needle", follow: false });
    expect(linesHeard("e")).toEqual([51]);
    expect(heard("e").at(-1)).toMatchObject({ type: "ended" });
  });
  test("a command that is handed out twice sends nothing twice", async () => {
    const { build } = await deploy();
    await open("c");
    await subscribe("c", `build-log/${build}`, { after: 0 });
    await report(build ?? "", 1, { lines: lines(1, 10) });
    const command = { kind: "publish", version: 1, tenant: world.ada.team, resource: "build", resourceId: build };
    await world.api.deps.queues.notices.send(JSON.stringify(command), { tenant: world.ada.team, key: build ?? "" });
    await world.work();
    expect(linesHeard("c")).toEqual(count(1, 10));
  });
});

describe("what one may not hear", () => {
  test("another team's things are not found", async () => {
    const { build, id: operation } = await deploy();
    const bob = await signUp(world.api, "bob@example.org");
    await open("b", bob.token, bob.team);
    for (const channel of [
      `component/${id}`,
      `operation/${operation}`,
      `build/${build}`,
      `build-log/${build}`,
      "component/x",
      "nonsense",
    ])
      await subscribe("b", channel);
    expect(heard("b").map((f) => (f.type === "error" ? f.code : f.type))).toEqual([
      "not_found",
      "not_found",
      "not_found",
      "not_found",
      "not_found",
      "invalid",
    ]);
    await subscribe("b", "team");
    await world.deployed(id);
    expect(data("b")).toEqual([]);
  });
  test("a key that is revoked hears nothing more", async () => {
    const key = await newKey(world.api, world.ada);
    await open("k", key.secret);
    await subscribe("k", `component/${id}`);
    const before = data("k").length;
    await world.ask("keyRemove", { params: { key: key.id } });
    await deploy();
    expect(data("k").length).toBe(before);
    expect(await connections().send("k", "x")).toBe(false);
  });
  const changes = (connection: string) =>
    data(connection).flatMap((f) => (f.data.kind === "changed" ? [{ resource: f.data.resource, id: f.data.resourceId }] : []));
  test("a key limited to an application hears on the team's channel of what it may read, its end included, and of nothing else", async () => {
    const other = await world.ask("applicationCreate", { body: { name: "second" } });
    const key = await newKey(world.api, world.ada, { applications: [other.body.id] });
    await world.work();
    await open("k", key.secret);
    await subscribe("k", "team");
    await world.deployed(id);
    await world.ask("componentScale", { params: { component: id }, body: { replicas: 2 } });
    await world.ask("applicationUpdate", { params: { application: world.application }, body: { name: "renamed" } });
    await newKey(world.api, world.ada);
    await world.work();
    expect(changes("k")).toEqual([]);
    const params = { application: other.body.id };
    const source = { kind: "git", url: "https://example.org/other.git" };
    const mine = await world.ask("componentCreate", { params, body: { name: "mine", source } });
    const { operation } = (await world.ask("componentDeploy", { params: { component: mine.body.id }, body: {} })).body;
    await world.work();
    const removal = (await world.ask("componentRemove", { params: { component: mine.body.id } })).body;
    await world.work();
    const mineAlone = new Set([mine.body.id, operation.id, operation.build, removal.id]);
    expect(new Set(changes("k").map((change) => change.id))).toEqual(mineAlone);
    expect(changes("k").at(-1)).toEqual({ resource: "component", id: mine.body.id });
    await world.ask("applicationRemove", { params });
    await world.work();
    expect(changes("k").at(-1)).toEqual({ resource: "application", id: other.body.id });
  });
  test("a viewer hears of members, and not of keys, which only developers may see", async () => {
    const viewer = await signUpMember(world.api, world.ada, "viewer");
    const { user } = await signUpMember(world.api, world.ada, "developer");
    await world.work();
    await open("v", viewer.token);
    await subscribe("v", "team");
    await newKey(world.api, world.ada);
    await world.ask("memberUpdate", { params: { user }, body: { role: "owner" } });
    await world.work();
    expect(changes("v").map((change) => change.resource)).toEqual(["member"]);
  });
  test("who joins is heard of: by signing up, and by accepting with an account", async () => {
    await world.work();
    await open("o");
    await subscribe("o", "team");
    const { user } = await signUpMember(world.api, world.ada, "developer");
    await world.work();
    expect(changes("o").at(-1)).toEqual({ resource: "member", id: user });
    const bob = await signUp(world.api, "bob@example.org");
    const token = await invite(world.api, world.ada, { email: bob.email, role: "viewer" });
    await world.api.ask("invitationAccept", { as: bob.token, params: { token } });
    await world.work();
    expect(changes("o").at(-1)).toEqual({ resource: "member", id: bob.user });
  });
  test("invitations are heard of: new ones, and those that are withdrawn", async () => {
    await world.work();
    await open("o");
    await subscribe("o", "team");
    await invite(world.api, world.ada, { email: "eve@example.org", role: "viewer" });
    const id = String((await world.ask("invitationList")).body.items[0]?.id);
    await world.ask("invitationRemove", { params: { invitation: id } });
    await world.work();
    expect(changes("o")).toEqual([0, 1].map(() => ({ resource: "invitation", id })));
  });
  test("a team that gets another name or demand is heard of, by viewers too", async () => {
    const viewer = await signUpMember(world.api, world.ada, "viewer");
    await world.work();
    await open("v", viewer.token);
    await subscribe("v", "team");
    const { body } = await world.ask("tenantUpdate", { body: { name: "Rainmakers" } });
    await world.work();
    expect(changes("v")).toEqual([{ resource: "team", id: body.id }]);
  });
  test("a frame that is not one is answered with what is wrong", async () => {
    await open("c");
    await event("c", "$default", { body: "{" });
    await say("c", { type: "ping" });
    expect(heard("c")).toMatchObject([{ type: "error", code: "invalid" }, { type: "pong" }]);
  });
});

test("a connection that is gone is forgotten with all it listened to", async () => {
  await open("c");
  await subscribe("c", `component/${id}`);
  await connections().close("c");
  await deploy();
  const rows = [...(world.api.deps.table as unknown as { rows: Map<string, unknown> }).rows.keys()];
  expect(rows.filter((key) => key.includes("connection#c"))).toEqual([]);
});

describe("the agent's session", () => {
  const join = async (connection: string, openedAt?: number) => {
    connections().open(connection);
    const headers = { authorization: `Bearer ${await world.agent.bearer()}` };
    return (await event(connection, "$connect", { headers }, openedAt)).statusCode;
  };
  test("wakes it when its desired state moves", async () => {
    expect(await join("a")).toBe(200);
    await world.built(id);
    const { body } = await world.ask("agentDesired", { as: await world.agent.bearer() });
    expect(heard("a")).toEqual([{ type: "desired", cursor: body.cursor }]);
  });
  test("its end is noticed, unless another took its place", async () => {
    await join("a");
    await join("b");
    await event("a", "$disconnect");
    await world.built(id);
    expect(heard("b")).toHaveLength(1);
    await event("b", "$disconnect");
    await world.api.deps.clock.advance(91_000);
    expect((await world.ask("dataCenterList")).body.items[0]?.state).toBe("disconnected");
  });
  test("one that is told of late takes no later one's place", async () => {
    const { clock } = world.api.deps;
    const before = clock.now().getTime();
    await clock.advance(1_000);
    await join("b");
    await join("a", before);
    await world.built(id);
    expect([heard("a"), heard("b")].map((frames) => frames.length)).toEqual([0, 1]);
  });
  test("its connection vouches for it: it counts as connected, and as heard of now, however long it says nothing", async () => {
    await join("a");
    await world.api.deps.clock.advance(100 * 60_000);
    const [found] = (await world.ask("dataCenterList")).body.items;
    expect([found?.state, found?.lastSeenAt]).toEqual(["connected", world.api.deps.clock.now().toISOString()]);
    // API Gateway ends every connection after 2 hours: one whose end was never told of vouches for nobody.
    await world.api.deps.clock.advance(25 * 60_000);
    expect((await world.ask("dataCenterList")).body.items[0]?.state).toBe("disconnected");
  });
  test("G22: its ping is answered and asks the store for nothing", async () => {
    await join("a");
    const before = { ...world.api.deps.table };
    const refuse = () => Promise.reject(new Error("the store was asked"));
    Object.assign(world.api.deps.table, { get: refuse, getAll: refuse, query: refuse, transact: refuse });
    await event("a", "$default", { body: JSON.stringify({ type: "ping" }) });
    Object.assign(world.api.deps.table, before);
    expect(heard("a")).toEqual([{ type: "pong" }]);
  });
  test("U1: whoever looks at what is used has it asked for, once a minute, unless it is fresh", async () => {
    await join("a");
    const { dataCenter } = world.agent;
    const look = async () => {
      await world.ask("dataCenterList");
      await world.ask("dataCenterView", { params: { dataCenter } });
      await world.ask("dataCenterNodes", { params: { dataCenter } });
      await world.work();
    };
    await look();
    expect(heard("a")).toEqual([{ type: "watched", seconds: 300 }]);
    await world.api.deps.clock.advance(60_000);
    await look();
    expect(heard("a")).toHaveLength(2);
    const capacity = {
      cpuMillis: 1,
      cpuMillisUsed: 1,
      memoryBytes: 1,
      memoryBytesUsed: 1,
      diskBytes: 1,
      diskBytesUsed: 1,
      instances: 1,
    };
    const body = { version: 1, observations: [], nodes: [], capacity };
    await world.ask("agentReport", { as: await world.agent.bearer(), body });
    await world.api.deps.clock.advance(60_000);
    await look();
    expect(heard("a")).toHaveLength(2);
  });
  test("U1: whoever looks at a component has its use asked for, when that is old", async () => {
    await world.deployed(id);
    await join("a");
    const look = async () => {
      await world.view(id);
      await world.work();
    };
    await look();
    expect(heard("a")).toEqual([]);
    await world.api.deps.clock.advance(100_000);
    await look();
    expect(heard("a")).toEqual([{ type: "watched", seconds: 300 }]);
  });
});
