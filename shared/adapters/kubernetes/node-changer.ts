import { Fault, isFault } from "../../base/fault.ts";
import type { NodeChange } from "../../contract/data-center.ts";
import type { NodeProgress } from "../../ports/cluster.ts";
import { type Client, fieldManager } from "./client.ts";
import { drainPlan, patchFor } from "./node-change.ts";
import { adviceFor } from "../../domain/advice.ts";
import { conditionOf, type Node, type Pod } from "./shapes.ts";
import type { Served } from "./versions.ts";

export interface NodeChangerParts {
  readonly client: Pick<Client, "get" | "transport">;
  readonly served: Pick<Served, "disruptionBudget">;
  /** Those that are ours: no other one is asked to leave. */
  readonly pods: () => readonly Pod[];
  /** Takes in how a node is now. */
  readonly learn: (node: Node) => void;
}

/** Its kubelet has not been heard for so long that Kubernetes says so. One that says of itself that it is not ready still ends pods. */
const isSilent = (node: Node): boolean => conditionOf(node, "Ready")?.status === "Unknown";

/** All were asked to leave, and nobody can say that they have. */
function silent(node: string, left: number): Fault {
  const { code, message, next, params } = adviceFor({ code: "node.undrained", detail: { node, left } });
  return new Fault("conflict", message, { reason: code, next, params });
}

/** Does what can be done now of a change of a node. */
export function nodeChanger({ client, served, pods, learn }: NodeChangerParts) {
  const patch = (node: Node, change: NodeChange): Promise<Node> =>
    client.transport.json<Node>({
      method: "PATCH",
      path: `/api/v1/nodes/${node.metadata.name}`,
      query: { fieldManager },
      contentType: "application/merge-patch+json",
      body: patchFor(node, change),
    });

  /** Asks a pod to leave; whether a disruption budget holds it. */
  async function isHeld({ metadata: { name, namespace, uid } }: Pod): Promise<boolean> {
    try {
      await client.transport.json({
        method: "POST",
        path: `/api/v1/namespaces/${namespace}/pods/${name}/eviction`,
        body: {
          // Served under the version that budgets are.
          apiVersion: served.disruptionBudget,
          kind: "Eviction",
          metadata: { name, namespace },
          deleteOptions: { preconditions: { uid } },
        },
      });
      return false;
    } catch (error) {
      if (isFault(error, "throttled")) return true;
      // It is gone, or another one has its name by now: seen at the next look.
      if (isFault(error, "not_found") || isFault(error, "conflict")) return false;
      throw error;
    }
  }

  return async (name: string, change: NodeChange): Promise<NodeProgress> => {
    const node = await client.get<Node>({ apiVersion: "v1", kind: "Node", metadata: { name } });
    if (!node) throw new Fault("not_found", `There is no node ${name} any more.`);
    const changed = await patch(node, change);
    learn(changed);
    if (change.kind !== "drain") return { done: true, left: 0, blocked: [] };
    const { left, evict } = drainPlan(name, pods());
    if (left.length > 0 && evict.length === 0 && isSilent(changed)) throw silent(name, left.length);
    const blocked: string[] = [];
    for (const pod of evict) if (await isHeld(pod)) blocked.push(pod.metadata.name);
    return { done: left.length === 0, left: left.length, blocked };
  };
}
