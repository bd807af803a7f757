import type { Context } from "aws-lambda";
import { type Link, link } from "../../edge-agents/runtime/link.ts";
import { reporter } from "../../edge-agents/runtime/reporter.ts";
import type { Ledger } from "../../edge-agents/runtime/ledger.ts";
import { type Dial, preferred } from "../../edge-agents/runtime/session/session.ts";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { preflightFinding } from "../../shared/domain/preflight.ts";
import { brokerSessionSeconds, connectionOf } from "../../shared/domain/agent-place.ts";
import type { DesiredChange } from "../../shared/contract/agent.ts";
import { desiredDigest } from "../../shared/domain/desired-digest.ts";
import type { Facts, Unnumbered } from "../../shared/domain/news.ts";
import { startWorld } from "../support/components.ts";
import { registerAgent } from "../support/data-center.ts";
import { memoryDeps } from "../support/memory-deps.ts";
import { functionCall, httpRequest, metered } from "./meter.ts";
import type { Used } from "./prices.ts";
import { agentListens as listens, agentPresence as presence } from "../support/functions.ts";

const hourMs = 3_600_000;
const broker = { url: "wss://broker.example.org/mqtt", name: "pluvia-test" };

/** A data center of three nodes and ten components that serve: what its agent finds is long, and how much is used never stands still. */
export const components = 10;
const facts = (use: number): Facts => ({
  capacity: {
    cpuMillis: 24_000,
    cpuMillisUsed: use,
    memoryBytes: 96e9,
    memoryBytesUsed: 1e9 + use,
    diskBytes: 1e12,
    diskBytesUsed: 1e11 + use,
    instances: components,
  },
  capabilities: ["processes", "images", "image-builds", "isolation", "memory-limit", "cpu-limit", "terminal", "volumes"].map(
    (name) => ({ name, available: true, message: `${name}: the cluster's own container runtime and network policies do it.` }),
  ),
  nodes: [1, 2, 3].map((n) => ({
    name: `node-${n}.example.org`,
    ready: true,
    cordoned: false,
    version: "v1.35.0",
    createdAt: new Date(0).toISOString(),
    cpuMillis: 8_000,
    memoryBytes: 32e9,
    diskBytes: 3e11,
    used: { cpuMillis: use, memoryBytes: 1e9 + use, diskBytes: 1e10 + use },
    instances: 4,
    otherPods: null,
    labels: { "kubernetes.io/hostname": `node-${n}`, "topology.kubernetes.io/zone": "a" },
    taints: [],
    signals: [],
  })),
  streamUrl: "wss://dc.example.org/-/streams",
  agentVersion: "1.0.0",
});
const findings = (): Facts => ({
  preflight: [
    preflightFinding("dns.ok", { host: "pluvia.example.org" }),
    preflightFinding("proxy.none"),
    preflightFinding("cloud.ok", { url: "https://pluvia.example.org" }),
    preflightFinding("clock.ok", { seconds: 0, direction: "ahead of" }),
    preflightFinding("image-registry.ok", { address: "https://registry.example.org" }),
  ],
});

const memoryLedger = (): Ledger => {
  const rows = new Map<string, DesiredChange>();
  let at = 0;
  const take = async (changes: readonly DesiredChange[], cursor: number) => {
    for (const change of changes) rows.set(change.component, change);
    at = Math.max(at, cursor);
  };
  return {
    cursor: () => at,
    complete: () => true,
    doubt: async () => {},
    wanted: () => [],
    workload: async () => undefined,
    limits: () => undefined,
    tombstones: () => [],
    unread: () => [],
    traceOf: () => undefined,
    digest: () => desiredDigest([...rows.values()]),
    accept: take,
    keepOnly: async (_listed, cursor) => take([], cursor),
    epoch: 1,
  };
};

/**
 * What an agent's own link and reporter, the deployed functions and the store use in so many days in which nothing happens. The broker's part is
 * reckoned: what it would ask, tell and meter of an agent that is there all the time.
 */
export async function idleDays(days: number): Promise<Used> {
  // Calls take no time here.
  let underWay = 0;
  const during = async <T>(call: () => Promise<T>): Promise<T> => {
    underWay += 1;
    try {
      return await call();
    } finally {
      underWay -= 1;
    }
  };
  const deps = memoryDeps(steppedClock(undefined, () => underWay > 0));
  const settings = { ...deps.settings, broker };
  const sends = new Map<string, (frame: string) => void>();
  const connections: typeof deps.connections = {
    ...deps.connections,
    send: async (connection, frame) => {
      sends.get(connection)?.(frame);
      return sends.has(connection);
    },
  };
  const meter = metered({ ...deps, settings, connections });
  const world = await startWorld(meter.deps);
  // Of a team's own: what changes of it is told to the team's pages.
  const made = (await world.ask("dataCenterCreate", { body: { name: "north" } })).body;
  world.agent = await registerAgent(world.api, made.join.token, "kubernetes");
  const running: Unnumbered[] = [];
  for (let n = 1; n <= components; n++) {
    const { id, tenant } = await world.create({ name: `web-${n}`, dataCenter: made.dataCenter.id });
    await world.deployed(id, String(n % 10));
    const { instances, addresses } = await world.view(id);
    const { generation, release } = await world.agent.workload(id);
    running.push({
      component: id,
      tenant,
      generation,
      phase: "settled",
      serving: release,
      instances,
      steps: [],
      signals: [],
      addresses,
    });
  }

  const { clock, random } = deps;
  const { bearer, agent } = world.agent;
  const asked = async <T>(call: () => Promise<{ body: T }>): Promise<T> => {
    meter.add(httpRequest);
    return (await during(call)).body;
  };
  let version = 0;
  const tell = (eventType: "connected" | "disconnected", client: string, versionNumber: number) => {
    meter.add({ brokerRules: 1, ...functionCall });
    const told = { clientId: client, eventType, sessionIdentifier: `s${versionNumber}`, versionNumber };
    void during(() => presence(told, {} as Context));
  };
  const listen =
    (client: string): Dial =>
    async (hearing, signal) => {
      version += 1;
      const own = version;
      const id = connectionOf({ client, session: `s${own}`, version: own });
      meter.add({ brokerMessages: 1, ...functionCall });
      const answer = await during(async () => {
        const password = Buffer.from(await bearer()).toString("base64");
        return listens({ protocolData: { mqtt: { clientId: client, password } } }, context);
      });
      expect(answer).toMatchObject({ isAuthenticated: true });
      sends.set(id, hearing.frame);
      hearing.opened();
      tell("connected", client, own);
      await clock.sleep(brokerSessionSeconds * 1_000, signal);
      sends.delete(id);
      tell("disconnected", client, own);
      return undefined;
    };
  const unused: Dial = () => Promise.reject(new Error("the platform's WebSocket is not for hosted agents"));
  let use = 0;
  const log = () => {};
  const known = memoryLedger();
  const ledger = { ...known, digest: () => during(known.digest) };
  let linked: Link | undefined = undefined as Link | undefined;
  const reports = reporter({
    report: async (body) => {
      const { cursor } = await asked(async () => world.ask("agentReport", { as: await bearer(), body }));
      linked?.heard(cursor);
    },
    facts: async () => {
      use += 1;
      return facts(use);
    },
    findings: async () => {
      await asked(() => world.ask("healthView"));
      return findings();
    },
    clock,
    random,
    epoch: 2,
    log,
  });
  linked = link({
    cloud: {
      desired: (cursor, digest) =>
        asked(async () =>
          world.ask("agentDesired", { as: await bearer(), query: { cursor: `${cursor}`, ...(digest && { digest }) } }),
        ),
    },
    dial: preferred({
      place: () => asked(async () => world.ask("agentPlace", { as: await bearer() })),
      socket: unused,
      broker: ({ client }) => listen(client),
      log,
    }),
    ledger,
    clock,
    random,
    spreadMs: 0,
    changed: () => {},
    tasks: () => {},
    updateAsked: () => {},
    session: reports.session,
    watched: reports.watched,
    log,
  });
  const pass = async (hours: number) => {
    for (let hour = 0; hour < hours; hour++) {
      const used = running.map((o) => ({
        ...o,
        instances: o.instances.map((i) => ({ ...i, memoryBytes: 1e8 + use, cpuMillis: use })),
      }));
      reports.observed(used);
      await clock.advance(hourMs);
      await world.work();
    }
  };
  try {
    await pass(30);
    const used = await meter.of(() => pass(24 * days));
    const found = (await world.ask("dataCenterView", { params: { dataCenter: made.dataCenter.id } })).body;
    expect([found.state, found.agent]).toEqual(["connected", agent]);
    return { ...used, brokerMinutes: used.brokerMinutes + days * 24 * 60 };
  } finally {
    await Promise.all([linked.stop(), reports.stop()]);
  }
}
const context = { invokedFunctionArn: "arn:aws:lambda:eu-central-1:000000000000:function:agent-listens" } as Context;
