import { isFault } from "../../base/fault.ts";
import type { Client } from "./client.ts";
import type { Measurement } from "./measurement.ts";
import { bytesOf, millisOf } from "./quantity.ts";

interface Used {
  readonly cpu?: string;
  readonly memory?: string;
}
interface NodeMetrics {
  readonly metadata: { readonly name: string };
  readonly usage?: Used;
}
interface PodMetrics {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly containers?: readonly { readonly usage?: Used }[];
}

const path = "/apis/metrics.k8s.io/v1beta1";
const sum = (numbers: readonly number[]): number => Math.round(numbers.reduce((all, each) => all + each, 0));
const usageOf = (parts: readonly { readonly usage?: Used }[]) => ({
  cpuMillis: sum(parts.map(({ usage }) => millisOf(usage?.cpu))),
  memoryBytes: sum(parts.map(({ usage }) => bytesOf(usage?.memory))),
});

/** As a metrics server tells it: of the nodes and of our own namespaces, without disks. Nothing where there is none, or it does not answer us. */
export async function askMetricsServer(client: Pick<Client, "transport">, namespaces: readonly string[]): Promise<Measurement> {
  const items = async <T>(of: string): Promise<readonly T[]> => {
    try {
      return (await client.transport.json<{ items: readonly T[] }>({ method: "GET", path: `${path}/${of}` })).items;
    } catch (error) {
      if (isFault(error)) return [];
      throw error;
    }
  };
  const nodes = await items<NodeMetrics>("nodes");
  if (nodes.length === 0) return { pods: new Map(), nodes: [] };
  const pods = (await Promise.all(namespaces.map((each) => items<PodMetrics>(`namespaces/${each}/pods`)))).flat();
  return {
    pods: new Map(pods.map(({ metadata, containers = [] }) => [`${metadata.namespace}/${metadata.name}`, usageOf(containers)])),
    nodes: nodes.map((node) => ({
      name: node.metadata.name,
      ...usageOf([node]),
      diskBytes: null,
      diskBytesUsed: 0,
      podNamespaces: null,
    })),
  };
}
