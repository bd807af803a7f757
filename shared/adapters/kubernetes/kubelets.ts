import { isFault } from "../../base/fault.ts";
import type { Client } from "./client.ts";
import type { Measurement } from "./measurement.ts";
import type { Usage } from "./pod.ts";

/** What a kubelet tells of its node (`stats/summary`), as far as it is read. */
interface Summary {
  readonly node?: { readonly nodeName: string; readonly cpu?: Cpu; readonly memory?: Memory; readonly fs?: Disk };
  readonly pods?: readonly {
    readonly podRef: { readonly name: string; readonly namespace: string };
    readonly containers?: readonly { readonly cpu?: Cpu; readonly memory?: Memory }[];
  }[];
}
interface Cpu {
  readonly usageNanoCores?: number;
}
interface Memory {
  readonly workingSetBytes?: number;
}
interface Disk {
  readonly capacityBytes?: number;
  readonly usedBytes?: number;
}

const usageOf = (parts: readonly { readonly cpu?: Cpu; readonly memory?: Memory }[]): Usage => ({
  cpuMillis: Math.round(parts.reduce((sum, c) => sum + (c.cpu?.usageNanoCores ?? 0), 0) / 1e6),
  memoryBytes: parts.reduce((sum, c) => sum + (c.memory?.workingSetBytes ?? 0), 0),
});

/** As the kubelets themselves tell it, of those that answer us. */
export async function askKubelets(client: Pick<Client, "transport">, names: readonly string[]): Promise<Measurement> {
  /** null: it does not answer, or not us. That is no trouble of ours: nodes go, and the right to ask may not have been given. */
  async function summaryOf(node: string): Promise<Summary | null> {
    try {
      const path = `/api/v1/nodes/${node}/proxy/stats/summary`;
      return (await client.transport.json<Summary | undefined>({ method: "GET", path })) ?? null;
    } catch (error) {
      if (isFault(error)) return null;
      throw error;
    }
  }
  const summaries = (await Promise.all(names.map(summaryOf))).filter((s) => s !== null);
  const pods = summaries.flatMap((s) => s.pods ?? []);
  return {
    pods: new Map(pods.map((p) => [`${p.podRef.namespace}/${p.podRef.name}`, usageOf(p.containers ?? [])])),
    nodes: summaries.flatMap(({ node, pods: there = [] }) =>
      node
        ? [
            {
              name: node.nodeName,
              ...usageOf([node]),
              diskBytes: node.fs?.capacityBytes ?? null,
              diskBytesUsed: node.fs?.usedBytes ?? 0,
              podNamespaces: there.map((p) => p.podRef.namespace),
            },
          ]
        : [],
    ),
  };
}
