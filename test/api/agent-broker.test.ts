import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Context } from "aws-lambda";
import { brokerSession } from "../../edge-agents/runtime/session/broker-session.ts";
import { withBroker } from "../../shared/adapters/aws/broker.ts";
import type { AgentPlace } from "../../shared/contract/agent.ts";
import { type Lifecycle, startBroker, type TestBroker } from "../support/broker.ts";
import { startWorld, type World } from "../support/components.ts";
import { registerAgent } from "../support/data-center.ts";
import { eventually } from "../support/eventually.ts";
import { memoryDeps } from "../support/memory-deps.ts";
import { agentListens as listens, agentPresence as presence } from "../support/functions.ts";

/** The functions as they are deployed, a broker that others wrote, and an agent that listens there with its own session. */
let broker: TestBroker;
let world: World;
let id: string;
/** Lifecycle events as the broker told them; the test may hold them back. */
let events: Lifecycle[];
let holds: boolean;
const stops: (() => Promise<unknown>)[] = [];

const name = "pluvia-test";
const tell = (lifecycle: Lifecycle) => presence(lifecycle as never, {} as Context);
beforeEach(async () => {
  events = [];
  holds = false;
  broker = await startBroker({
    authorizer: (asked, context) => listens(asked as never, context) as Promise<unknown>,
    told: async (lifecycle) => {
      events.push(lifecycle);
      if (!holds) await tell(lifecycle);
    },
  });
  const deps = memoryDeps();
  const aws = {
    region: "eu-central-1",
    endpoint: broker.endpoint,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
  const settings = { ...deps.settings, broker: { url: broker.url, name } };
  world = await startWorld({ ...deps, settings, connections: withBroker({ aws, sockets: deps.connections }) as never });
  ({ id } = await world.create());
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await broker.stop();
});

const placeOf = async () => {
  const { body } = await world.ask("agentPlace", { as: await world.agent.bearer() });
  return body as Extract<AgentPlace, { kind: "broker" }>;
};
async function listen(place: Extract<AgentPlace, { kind: "broker" }>, bearer = world.agent.bearer) {
  const ending = new AbortController();
  const frames: unknown[] = [];
  let isOpen = false;
  let isOver = false;
  const ended = brokerSession({ place, bearer })(
    {
      opened: () => {
        isOpen = true;
      },
      frame: (text) => void frames.push(JSON.parse(text)),
    },
    ending.signal,
  ).then(() => {
    isOver = true;
  });
  const stop = async () => {
    ending.abort();
    return ended;
  };
  stops.push(stop);
  await eventually("it is open, or refused", async () => isOpen || isOver);
  return { frames, isOpen: () => isOpen, stop, ended };
}
const state = async () => (await world.ask("dataCenterList")).body.items[0]?.state;
const connection = async () =>
  (await world.api.deps.table.get({ pk: `data-center#${world.agent.dataCenter}`, sk: "data-center" }))?.value["connection"];
const told = (count: number) => eventually(`${count} events`, async () => events.length >= count);

test("P6: an agent is told the broker's place, and is woken there when its desired state moves", async () => {
  const place = await placeOf();
  expect(place).toMatchObject({ kind: "broker", url: broker.url, client: `${name}-${world.agent.agent}`, keepAliveSeconds: 60 });
  const one = await listen(place);
  await eventually("it counts as connected", async () => (await connection()) !== null);
  await world.built(id);
  const { body } = await world.ask("agentDesired", { as: await world.agent.bearer() });
  await eventually("it was woken", async () => one.frames.length === 1);
  expect(one.frames).toEqual([{ type: "desired", cursor: body.cursor }]);
});

test("W9: it counts as connected as long as its session stands, and no longer", async () => {
  const one = await listen(await placeOf());
  await eventually("it counts as connected", async () => (await connection()) !== null);
  await world.api.deps.clock.advance(20 * 3_600_000);
  expect(await state()).toBe("connected");
  await one.stop();
  await eventually("its end was told", async () => (await connection()) === null);
  await world.api.deps.clock.advance(91_000);
  expect(await state()).toBe("disconnected");
});

test("P6: what was wanted before the platform heard of the session is told with it", async () => {
  holds = true;
  const one = await listen(await placeOf());
  await told(1);
  await world.built(id);
  expect(one.frames).toEqual([]);
  for (const lifecycle of events) await tell(lifecycle);
  const { body } = await world.ask("agentDesired", { as: await world.agent.bearer() });
  await eventually("it was told", async () => one.frames.length === 1);
  expect(one.frames).toEqual([{ type: "desired", cursor: body.cursor }]);
});

describe("A6: who may listen", () => {
  test("no other agent than the token's own", async () => {
    const place = await placeOf();
    const other = await listen({ ...place, client: `${name}-agt_0000000000000000` });
    expect(other.isOpen()).toBe(false);
  });
  test("nobody without a token, and no agent that was revoked", async () => {
    const place = await placeOf();
    expect((await listen(place, async () => "nonsense")).isOpen()).toBe(false);
    const agent = { pk: `agent#${world.agent.agent}`, sk: "agent" };
    const row = await world.api.deps.table.get(agent);
    if (!row) throw new Error("the agent has no row");
    const value = { ...row.value, revokedAt: new Date(0).toISOString() };
    await world.api.deps.table.transact([{ kind: "put", row: { ...row, value } }]);
    expect((await listen(place)).isOpen()).toBe(false);
  });
  test("what is no client of ours, or of nobody, changes nothing", async () => {
    const stranger = { timestamp: 0, eventType: "connected", sessionIdentifier: "s", versionNumber: 1 } as const;
    await tell({ ...stranger, clientId: "thermostat" });
    await tell({ ...stranger, clientId: `${name}-agt_0000000000000000` });
    expect(await connection()).toBeNull();
  });
});

describe("events that come late, twice or out of order", () => {
  const event = (versionNumber: number, eventType: Lifecycle["eventType"]): Lifecycle => ({
    clientId: `${name}-${world.agent.agent}`,
    timestamp: 0,
    eventType,
    sessionIdentifier: `s${versionNumber}`,
    versionNumber,
  });
  const connectionAfter = async (...lifecycles: Lifecycle[]) => {
    for (const lifecycle of lifecycles) await tell(lifecycle);
    return (await connection()) as string | null;
  };
  test("the end of a session before does not end the one that took its place", async () => {
    expect(await connectionAfter(event(1, "connected"), event(2, "connected"), event(1, "disconnected"))).toMatch(/#s2$/);
  });
  test("the beginning of a session before does not replace the newer one", async () => {
    expect(await connectionAfter(event(2, "connected"), event(1, "connected"), event(1, "disconnected"))).toMatch(/#s2$/);
  });
  test("told twice is told once", async () => {
    expect(await connectionAfter(event(1, "connected"), event(1, "connected"))).toMatch(/#s1$/);
    expect(await connectionAfter(event(1, "disconnected"), event(1, "disconnected"))).toBeNull();
  });
  test("numbers that begin anew after an hour are taken", async () => {
    await connectionAfter(event(7, "connected"));
    await world.api.deps.clock.advance(2 * 3_600_000);
    expect(await connectionAfter(event(0, "connected"))).toMatch(/#s0$/);
  });
});

test("P6: a session that is gone although nobody told so is forgotten with the first wake-up", async () => {
  const one = await listen(await placeOf());
  await eventually("it counts as connected", async () => (await connection()) !== null);
  holds = true;
  await one.stop();
  await told(2);
  await world.built(id);
  expect(await connection()).toBeNull();
});

test("A6: revoking hangs up", async () => {
  const made = await world.ask("dataCenterCreate", { body: { name: "north" } });
  expect(made.status).toBe(201);
  world.agent = await registerAgent(world.api, made.body.join.token, "kubernetes");
  const one = await listen(await placeOf());
  await eventually("it counts as connected", async () => (await connection()) !== null);
  await world.ask("dataCenterRevoke", { params: { dataCenter: world.agent.dataCenter } });
  await one.ended;
  expect(broker.clients()).toEqual([]);
});
