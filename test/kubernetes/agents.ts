import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import { type Client, kubernetesClient } from "../../shared/adapters/kubernetes/client.ts";
import type { KubernetesObject } from "../../shared/adapters/kubernetes/object.ts";
import { labels } from "../../shared/adapters/kubernetes/render/names.ts";
import { kubeconfig as accessOf } from "../../shared/adapters/kubernetes/kubeconfig.ts";
import { transport } from "../../shared/adapters/kubernetes/transport.ts";
import type { DataCenter, JoinInstructions } from "../../shared/contract/data-center.ts";
import { joinNamespace } from "../../shared/domain/data-center.ts";
import type { signUp } from "../e2e/platform.ts";
import { eventually } from "../support/eventually.ts";
import { tied } from "../support/tied.ts";
import { freePorts } from "../support/ports.ts";

type Call = Awaited<ReturnType<typeof signUp>>["call"];

/** What the platform serves for `kubectl apply`. */
export async function servedManifest(join: JoinInstructions): Promise<{ text: string; objects: KubernetesObject[] }> {
  const text = await (await fetch(join.manifestUrl)).text();
  return { text, objects: parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject) };
}

const adminClient = (kubeconfig: string): Client => kubernetesClient(transport(accessOf(readFileSync(kubeconfig, "utf8"))));

/** A kubeconfig with nothing but a token of an account, of the one that the chart brings where none is named. */
export async function accountKubeconfig(
  client: Client,
  kubeconfig: string,
  { namespace, name } = { namespace: joinNamespace, name: "pluvia-agents" },
): Promise<string> {
  const { status } = await client.transport.json<{ status: { token: string } }>({
    method: "POST",
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 7_200 } },
  });
  const access = accessOf(readFileSync(kubeconfig, "utf8"));
  const { tls } = await access.credentials();
  const [context, user] = [{ cluster: "c", user: "u" }, { token: status.token }];
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "c",
        cluster: { server: access.server, "certificate-authority-data": Buffer.from(String(tls.ca)).toString("base64") },
      },
    ],
    users: [{ name: "u", user }],
    contexts: [{ name: "c", context }],
    "current-context": "c",
  });
}

/** One replica of the agents as a process of this machine. */
export interface AgentsProcess {
  readonly gatewayPort: number;
  readonly healthPort: number;
  readonly child: ChildProcess;
  /** What it logged. */
  log(): string;
  ready(): Promise<void>;
  /** As a pod is ended; resolves with the exit code. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

export interface AgentsOptions {
  readonly kubeconfig: string;
  readonly cloudUrl: string;
  readonly joinToken: string;
  readonly gatewayPort?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Its disk, which outlives it; without one it gets one of its own. */
  readonly home?: string;
  /** Other than the agents' own main; it may be sent messages. */
  readonly program?: string;
}

/** Starts it with exactly the rights that the chart gives. */
export async function startAgents(client: Client, options: AgentsOptions): Promise<AgentsProcess> {
  const home = options.home ?? mkdtempSync(join(tmpdir(), "pluvia-agents-"));
  const kubeconfig = join(home, "kubeconfig");
  writeFileSync(kubeconfig, await accountKubeconfig(client, options.kubeconfig));
  const gatewayPort = options.gatewayPort ?? (await freePorts());
  const healthPort = await freePorts();
  const child = spawn(...tied(process.execPath, resolve(options.program ?? "edge-agents/main.ts")), {
    env: {
      PATH: process.env.PATH,
      PLUVIA_CLUSTER: "kubernetes",
      KUBECONFIG: kubeconfig,
      PLUVIA_NAMESPACE: joinNamespace,
      PLUVIA_CLOUD_URL: options.cloudUrl,
      PLUVIA_JOIN_TOKEN: options.joinToken,
      PLUVIA_AGENT_HOME: home,
      PLUVIA_GATEWAY_PORT: String(gatewayPort),
      PLUVIA_HEALTH_ADDRESS: `127.0.0.1:${healthPort}`,
      ...options.env,
    },
    stdio: ["ignore", "pipe", "pipe", ...(options.program ? (["ipc"] as const) : [])],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (data) => {
      log += String(data);
    });
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "exit");
      child.kill(signal);
      await ended;
    }
    if (!options.home) rmSync(home, { recursive: true, force: true });
    return child.exitCode;
  };
  return {
    gatewayPort,
    healthPort,
    child,
    log: () => log,
    ready: async () => {
      const answer = () => fetch(`http://127.0.0.1:${healthPort}/readyz`).catch(() => undefined);
      await eventually("the agents are ready", async () => (await answer())?.status === 200).catch((error: Error) => {
        throw new Error(`${error.message}\n${log}`);
      });
    },
    stop: () => end("SIGTERM"),
    kill: async () => void (await end("SIGKILL")),
  };
}

/** Everything of the served manifest but what would start the agents in the cluster. */
async function applyWithoutAgents(client: Client, join: JoinInstructions): Promise<void> {
  const { objects } = await servedManifest(join);
  for (const object of objects) if (object.kind !== "Deployment") await client.apply(object);
}

export const newDataCenter = (call: Call, name: string): Promise<{ dataCenter: DataCenter; join: JoinInstructions }> =>
  call("POST", "/v1/data-centers", { name });

export const connected = (call: Call, id: string): Promise<DataCenter> =>
  eventually("the data center is connected", async () => {
    const now = await call<DataCenter>("GET", `/v1/data-centers/${id}`);
    return now.state === "connected" && now.capabilities.length > 0 && now;
  });

/** A cluster whose agents are processes of this machine. */
export interface JoinedCluster {
  readonly client: Client;
  readonly dataCenter: DataCenter;
  agents: AgentsProcess;
  /** Another process of agents in place of the one before, which is gone. */
  again(env?: Readonly<Record<string, string>>): Promise<void>;
  /** Everything of this data center of one kind. */
  ours(kind: string, apiVersion: string): Promise<readonly KubernetesObject[]>;
  /** Ends the agents, and takes away what joining brought. */
  leave(): Promise<void>;
}

export async function joinCluster(
  platform: { readonly url: string; readonly call: Call },
  options: Pick<AgentsOptions, "kubeconfig" | "env" | "home" | "program"> & { readonly name: string; readonly cloudUrl?: string },
): Promise<JoinedCluster> {
  const { url, call } = platform;
  const { kubeconfig } = options;
  const client = adminClient(kubeconfig);
  const made = await newDataCenter(call, options.name);
  // Where pods find the platform is not always where this machine does.
  const manifestUrl = new URL(new URL(made.join.manifestUrl).pathname, url).href;
  await applyWithoutAgents(client, { ...made.join, manifestUrl });
  const start = (joinToken: string, more: object) =>
    startAgents(client, {
      cloudUrl: url,
      ...options,
      joinToken,
      env: { PLUVIA_POD_SECURITY: "baseline", ...options.env },
      ...more,
    });
  const agents = await start(made.join.token, {});
  await agents.ready();
  const dataCenter = await connected(call, made.dataCenter.id);
  const joined: JoinedCluster = {
    client,
    dataCenter,
    agents,
    async again(env = {}) {
      const { gatewayPort } = joined.agents;
      joined.agents = await start("", { gatewayPort, env: { PLUVIA_POD_SECURITY: "baseline", ...options.env, ...env } });
    },
    ours: async (kind, apiVersion) =>
      (await client.list({ apiVersion, kind }, { labels: { [labels.dataCenter]: dataCenter.id } })).items,
    async leave() {
      await joined.agents.kill();
      await takeAway(client, dataCenter.id);
      client.transport.close();
    },
  };
  return joined;
}

/** What joining brought to a cluster, and what runs there. */
export async function takeAway(client: Client, dataCenter: string): Promise<void> {
  const remove = (apiVersion: string, kind: string, name: string) =>
    client.remove({ apiVersion, kind, metadata: { name } }, { propagation: "Background" });
  const spaces = await client.list({ apiVersion: "v1", kind: "Namespace" }, { labels: { [labels.dataCenter]: dataCenter } });
  for (const { metadata } of spaces.items) await remove("v1", "Namespace", metadata.name);
  for (const name of ["pluvia-agents", "pluvia-tenant"])
    for (const kind of ["ClusterRole", "ClusterRoleBinding"]) await remove("rbac.authorization.k8s.io/v1", kind, name);
  for (const name of ["pluvia-application", "pluvia-job"]) await remove("scheduling.k8s.io/v1", "PriorityClass", name);
  await remove("v1", "Namespace", joinNamespace);
  const own = { apiVersion: "v1", kind: "Namespace", metadata: { name: joinNamespace } };
  await eventually("the agents' namespace is gone", async () => (await client.get(own)) === null);
}
