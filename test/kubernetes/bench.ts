import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "../../shared/adapters/kubernetes/client.ts";
import {
  type KubernetesCluster,
  type KubernetesClusterParts,
  kubernetesCluster,
} from "../../shared/adapters/kubernetes/cluster.ts";
import { Workload } from "../../shared/contract/agent.ts";
import type { ObservedWorkload } from "../../shared/ports/cluster.ts";
import { agentParts, testImage } from "./agent-parts.ts";
import { openClient, unique } from "./support.ts";
import { eventually } from "../support/eventually.ts";

/** Shell scripts for what a workload's program does. All end when they are asked to. */
export const programs = {
  serves: (answer: string) =>
    `mkdir -p /tmp/www && echo '${answer}' > /tmp/www/index.html && httpd -f -p 3000 -h /tmp/www & trap 'kill $!; exit 0' TERM; wait $!`,
  ends: () => "echo no database >&2; exit 3",
  hangs: () => "trap 'exit 0' TERM; sleep 1000 & wait $!",
};

type Loose = { [K in keyof Workload]?: unknown };
export interface Change extends Loose {
  readonly health?: object;
  readonly replicas?: number;
  readonly number?: number;
  readonly configuration?: object;
  readonly image?: string;
}

/** A team of its own on the cluster, with one component, and the adapter that runs it. */
export interface Bench {
  readonly client: Client;
  readonly tenant: string;
  readonly namespace: string;
  readonly component: string;
  /** Object name of the component. */
  readonly name: string;
  readonly dataCenter: string;
  readonly home: string;
  readonly errors: unknown[];
  cluster: KubernetesCluster;
  workload(script: string, generation: number, change?: Change): Workload;
  /** The component, as observed. */
  seen(): Promise<ObservedWorkload>;
  /** Waits for a phase of a generation; of the component, or another one. */
  phase(phase: ObservedWorkload["phase"], generation: number, component?: string): Promise<ObservedWorkload>;
  /** Lets go of the cluster as the end of an agent does, and starts anew. */
  restart(change?: Partial<KubernetesClusterParts>): Promise<void>;
  end(): Promise<void>;
}

export async function bench(change: Partial<KubernetesClusterParts> = {}, client = openClient()): Promise<Bench> {
  const home = mkdtempSync(join(tmpdir(), "pluvia-kubernetes-"));
  const id = `0000${unique()}`;
  const ids = { tenant: `tnt_${id}`, application: `app_${id}`, component: `cmp_${id}` };
  const dataCenter = `dc_${id}`;
  const errors: unknown[] = [];
  const parts = (more: Partial<KubernetesClusterParts>): KubernetesClusterParts => ({
    ...agentParts({ client, dataCenter, home }),
    onError: (error) => errors.push(error),
    ...change,
    ...more,
  });
  const namespace = ids.tenant.replace("_", "-");
  const it: Bench = {
    client,
    ...ids,
    namespace,
    name: ids.component.replace("_", "-"),
    dataCenter,
    home,
    errors,
    cluster: await kubernetesCluster(parts({})),
    workload: (script, generation, { health, replicas, number = generation, configuration, image = testImage, ...rest } = {}) =>
      Workload.parse({
        version: 1,
        ...ids,
        applicationName: "shop",
        componentName: "web",
        generation,
        release: `rel_${String(number).padStart(16, "0")}`,
        releaseNumber: number,
        artifact: { kind: "image", reference: image, digest: null, command: null, variables: {} },
        configuration: {
          command: script,
          ports: [{ port: 3000, protocol: "http", internal: true, external: true }],
          replicas: replicas ?? 1,
          resources: { memoryMib: 64, cpuMillis: 500 },
          requests: { memoryMib: 16, cpuMillis: 10 },
          dependencies: [],
          graceSeconds: 5,
          health: { kind: "http", path: "/", intervalSeconds: 1, timeoutSeconds: 2, failuresMax: 3, startSeconds: 20, ...health },
          ...configuration,
        },
        variables: {},
        bindings: [],
        hosts: [],
        restart: 0,
        wanted: "running",
        ...rest,
      }),
    async seen() {
      const [first] = await it.cluster.observe();
      if (!first) throw new Error("nothing is observed");
      return first;
    },
    phase: (phase, generation, component = ids.component) =>
      eventually(`generation ${generation} ${phase}`, async () => {
        const seen = (await it.cluster.observe()).find((o) => o.component === component);
        return seen?.phase === phase && seen.generation === generation ? seen : undefined;
      }).catch(async (error: Error) => {
        throw new Error(`${error.message}\n${JSON.stringify(await it.cluster.observe(), null, 1)}\n${errors.join("\n")}`);
      }),
    async restart(more = {}) {
      it.cluster.close();
      it.cluster = await kubernetesCluster(parts(more));
    },
    async end() {
      it.cluster.close();
      await client.remove({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, { propagation: "Background" });
      client.transport.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
  return it;
}
