import { generateKeyPairSync } from "node:crypto";
import { exportJWK, importJWK, SignJWT } from "jose";
import type { DesiredChange, Observation, Workload } from "../../shared/contract/agent.ts";
import { createEmbeddedDataCenter } from "../../shared/control/create-data-center.ts";
import type { Api } from "./api.ts";

/** An agent that speaks the real protocol and runs nothing: what is true is what the test says. */
export interface TestAgent {
  readonly agent: string;
  readonly dataCenter: string;
  readonly bearer: () => Promise<string>;
  /** Everything wanted, as a full listing tells it. */
  readonly desired: () => Promise<DesiredChange[]>;
  /** The newest workload of a component. */
  readonly workload: (component: string) => Promise<Workload>;
  readonly report: (observation: Partial<Observation> & Pick<Observation, "component">) => Promise<number>;
  /** Reports what is wanted of the component as done. */
  readonly settle: (component: string) => Promise<void>;
  /** Reports that what is wanted did not get healthy; `serving` went on. */
  readonly fail: (component: string, serving: string | null) => Promise<void>;
}

export async function joinAgent(api: Api): Promise<TestAgent> {
  const { joinToken } = await createEmbeddedDataCenter(api.deps);
  return registerAgent(api, joinToken);
}

export async function registerAgent(api: Api, token: string, kind: "embedded" | "kubernetes" = "embedded"): Promise<TestAgent> {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const got = await api.ask("agentRegister", {
    body: { version: 1, token, publicKey: publicJwk(await exportJWK(publicKey)), agentVersion: "1.0.0", kind },
  });
  if (got.status !== 201) throw new Error(`registering answered ${got.status}: ${JSON.stringify(got.body)}`);
  const { agent, dataCenter } = got.body;
  const key = await importJWK(await exportJWK(privateKey), "EdDSA");
  const bearer = () => {
    const now = Math.floor(api.deps.clock.now().getTime() / 1_000);
    return new SignJWT({})
      .setProtectedHeader({ alg: "EdDSA", kid: agent })
      .setSubject(agent)
      .setAudience("pluvia")
      .setIssuedAt(now)
      .setExpirationTime(now + 60)
      .sign(key);
  };
  let sequence = 0;
  const desired = async () => {
    const all: DesiredChange[] = [];
    for (let cursor = 0, more = true; more; ) {
      const page = await api.ask("agentDesired", { as: await bearer(), query: { cursor: String(cursor) } });
      all.push(...page.body.changes);
      ({ cursor, more } = page.body);
    }
    return all;
  };
  const changeOf = async (component: string) => {
    const change = (await desired()).find((c) => c.component === component);
    if (!change) throw new Error(`${component} is not in desired state`);
    return change;
  };
  const report: TestAgent["report"] = async (observation) => {
    const change = await changeOf(observation.component);
    sequence += 1;
    const whole: Observation = {
      tenant: change.tenant,
      generation: change.generation,
      sequence,
      phase: "settled",
      serving: null,
      instances: [],
      steps: [],
      signals: [],
      addresses: [],
      at: api.deps.clock.now().toISOString(),
      ...observation,
    };
    const answer = await api.ask("agentReport", { as: await bearer(), body: { version: 1, observations: [whole] } });
    return answer.status;
  };
  const workload = async (component: string) => {
    const change = await changeOf(component);
    if (!change.workload) throw new Error(`${component} is to be removed`);
    return change.workload;
  };
  return {
    agent,
    dataCenter,
    bearer,
    desired,
    workload,
    report,
    settle: async (component) => {
      const { workload: wanted } = await changeOf(component);
      if (!wanted) {
        await report({ component: component as Observation["component"], phase: "removed" });
        return;
      }
      const isServing = wanted.wanted === "running" && wanted.configuration.replicas > 0;
      await report({
        component: wanted.component,
        serving: isServing ? wanted.release : null,
        instances: isServing ? instancesOf(wanted) : [],
        addresses: wanted.hosts.map(({ port, label }) => ({ port, protocol: "http", url: `http://${label}.localhost:7071` })),
      });
    },
    fail: async (component, serving) => {
      await report({
        component: component as Observation["component"],
        phase: "failed",
        serving: serving as Observation["serving"],
        signals: [{ code: "port.not-listening", detail: { port: 8080 } }],
      });
    },
  };
}

/** A node as agents tell of it. */
export const testNode = {
  name: "n1",
  ready: true,
  cordoned: false,
  version: "v1.35.0",
  createdAt: null,
  cpuMillis: 4_000,
  memoryBytes: 8e9,
  diskBytes: 1e11,
  used: null,
  instances: 3,
  otherPods: 5,
  labels: { zone: "a" },
  taints: [{ key: "gpu", value: null, effect: "NoSchedule" }],
  signals: [],
};
/** The agent tells of this node, and that it can change nodes. */
export const tellNode = (api: Pick<Api, "ask">, bearer: string, node: object = {}) =>
  api.ask("agentReport", {
    as: bearer,
    body: {
      version: 1,
      observations: [],
      capabilities: [{ name: "node-changes", available: true, message: "It can." }],
      nodes: [{ ...testNode, ...node }],
    },
  });

const publicJwk = ({ x }: { x?: string }) => ({ kty: "OKP", crv: "Ed25519", x });
const instancesOf = (wanted: Workload): Observation["instances"] =>
  Array.from({ length: wanted.configuration.replicas }, (_, at) => ({
    id: `${wanted.releaseNumber}-${at}`,
    release: wanted.release,
    releaseNumber: wanted.releaseNumber,
    state: "ready",
    restarts: 0,
    startedAt: null,
    lastExit: null,
    memoryBytes: null,
    cpuMillis: null,
    node: "this",
  }));
