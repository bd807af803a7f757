import { isFault } from "../../base/fault.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Client } from "./client.ts";
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

export interface NodeUsage extends Usage {
  readonly name: string;
  readonly diskBytes: number;
  readonly diskBytesUsed: number;
  /** Of every pod there, whosever. */
  readonly podNamespaces: readonly string[];
}
export interface UsageMeter {
  pod(namespace: string, name: string): Usage | undefined;
  /** Of the nodes that told theirs. */
  nodes(): readonly NodeUsage[];
  /** Asks the nodes anew when what is known is old; those who look do not wait for it. */
  refresh(nodes: readonly string[]): void;
  /** Resolves when what was asked has been answered. */
  settled(): Promise<void>;
}

/** Kubelets measure every 10 s. What changes all the time is asked for less often: an answer lists every container of a node. */
const freshMs = 30_000;
const usageOf = (parts: readonly { readonly cpu?: Cpu; readonly memory?: Memory }[]): Usage => ({
  cpuMillis: Math.round(parts.reduce((sum, c) => sum + (c.cpu?.usageNanoCores ?? 0), 0) / 1e6),
  memoryBytes: parts.reduce((sum, c) => sum + (c.memory?.workingSetBytes ?? 0), 0),
});

/** How much nodes and pods use, asked of the kubelets; nothing where the agent may not ask them. */
export function usageMeter(client: Client, clock: Clock, measured: () => void): UsageMeter {
  let pods = new Map<string, Usage>();
  let nodes: NodeUsage[] = [];
  let askedAt = 0;
  let asking: Promise<void> = Promise.resolve();

  /** null: it does not answer, or not us. That is no trouble of ours: nodes go, and the right to ask may not have been given. */
  async function summaryOf(node: string): Promise<Summary | null> {
    try {
      return await client.transport.json<Summary>({ method: "GET", path: `/api/v1/nodes/${node}/proxy/stats/summary` });
    } catch (error) {
      if (isFault(error)) return null;
      throw error;
    }
  }
  async function ask(names: readonly string[]): Promise<void> {
    const summaries = (await Promise.all(names.map(summaryOf))).filter((s) => s !== null);
    pods = new Map(
      summaries.flatMap((s) =>
        (s.pods ?? []).map((p) => [`${p.podRef.namespace}/${p.podRef.name}`, usageOf(p.containers ?? [])]),
      ),
    );
    nodes = summaries.flatMap(({ node, pods: there = [] }) =>
      node
        ? [
            {
              name: node.nodeName,
              ...usageOf([node]),
              diskBytes: node.fs?.capacityBytes ?? 0,
              diskBytesUsed: node.fs?.usedBytes ?? 0,
              podNamespaces: there.map((p) => p.podRef.namespace),
            },
          ]
        : [],
    );
    measured();
  }
  return {
    pod: (namespace, name) => pods.get(`${namespace}/${name}`),
    nodes: () => nodes,
    refresh(names) {
      const now = clock.now().getTime();
      if (now - askedAt < freshMs) return;
      askedAt = now;
      asking = ask(names);
    },
    settled: () => asking,
  };
}
