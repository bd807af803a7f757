import type { FoundTaint, NodeChange, NodeTaint } from "../../contract/data-center.ts";
import { isKubernetesOwn } from "../../domain/node-change.ts";
import { assertTaintsSeen } from "../../domain/taints-seen.ts";
import { isLeaving, isOver } from "./pod.ts";
import type { Node, Pod } from "./shapes.ts";

type Taints = NonNullable<NonNullable<Node["spec"]>["taints"]>;

export const foundTaints = (taints: Taints): FoundTaint[] =>
  taints.map(({ key, value, effect }) => ({ key, value: value ?? null, effect }));

/** What is asked, beside what Kubernetes has put there itself. */
const taintsAfter = (current: Taints, asked: readonly NodeTaint[]): Taints => [
  ...current.filter((taint) => isKubernetesOwn(taint.key)),
  ...asked.map(({ key, value, effect }) => ({ key, effect, ...(value !== null && { value }) })),
];

/** As a merge patch: null takes away. A list is replaced as a whole, so it says which one it was made of. @throws Fault `conflict`. */
export function patchFor(node: Node, change: NodeChange): object {
  if (change.kind === "uncordon") return { spec: { unschedulable: null } };
  if (change.kind !== "edit") return { spec: { unschedulable: true } };
  const { labels, taints } = change;
  if (!taints) return { metadata: { labels } };
  const current = node.spec?.taints ?? [];
  assertTaintsSeen(node.metadata.name, foundTaints(current), change);
  return {
    metadata: { labels, resourceVersion: node.metadata.resourceVersion },
    spec: { taints: taintsAfter(current, taints) },
  };
}

export interface DrainPlan {
  /** Still on the node. */
  readonly left: readonly Pod[];
  /** Those of them that have not been asked to leave yet. */
  readonly evict: readonly Pod[];
}

const isDaemon = (pod: Pod): boolean => pod.metadata.ownerReferences?.some((owner) => owner.kind === "DaemonSet") === true;

/** What has to leave a node. A daemon's instances belong to their nodes, whatever is asked of these. */
export function drainPlan(node: string, pods: readonly Pod[]): DrainPlan {
  const left = pods.filter((pod) => pod.spec.nodeName === node && !isOver(pod) && !isDaemon(pod));
  return { left, evict: left.filter((pod) => !isLeaving(pod)) };
}
