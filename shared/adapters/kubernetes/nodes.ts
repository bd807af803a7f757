import type { ReportedNode } from "../../contract/data-center.ts";
import type { Signal } from "../../domain/advice.ts";
import { foundTaints } from "./node-change.ts";
import { pressures } from "./node-conditions.ts";
import { allocatableOf } from "./place-signals.ts";
import { isOver } from "./pod.ts";
import { bytesOf } from "./quantity.ts";
import { conditionOf, isTrue, type Node, type Pod } from "./shapes.ts";
import type { NodeUsage } from "./measurement.ts";

/** A disk that is this full wants a word before kubelets begin to end things (85 % by default, for images). */
const diskFullPercent = 80;
/** A report has room for so many. */
const nodesMax = 200;

/** What is wrong with a node, worst first. */
export function nodeSignals(node: Node, usage: NodeUsage | undefined): Signal[] {
  const ready = conditionOf(node, "Ready");
  const network = conditionOf(node, "NetworkUnavailable");
  const percent = usage?.diskBytes ? Math.floor((100 * usage.diskBytesUsed) / usage.diskBytes) : 0;
  const pressed = pressures.filter(({ type }) => isTrue(conditionOf(node, type)));
  return [
    ...(ready === undefined || ready.status === "Unknown" ? [{ code: "node.silent", detail: {} }] : []),
    ...(ready?.status === "False" ? [{ code: "node.not-ready", detail: { message: ready.message ?? ready.reason ?? "" } }] : []),
    ...(isTrue(network) ? [{ code: "node.no-network", detail: { message: network?.message ?? "" } }] : []),
    ...pressed.map(({ ofNode }) => ({ code: ofNode, detail: {} })),
    ...(percent >= diskFullPercent && !pressed.some(({ type }) => type === "DiskPressure")
      ? [{ code: "node.disk-filling", detail: { percent } }]
      : []),
  ];
}

export interface NodesSeen {
  readonly nodes: readonly Node[];
  /** Those that are ours. */
  readonly pods: readonly Pod[];
  readonly usage: readonly NodeUsage[];
  /** The namespaces of our teams. */
  readonly namespaces: ReadonlySet<string>;
}
export const nodesOf = ({ nodes, pods, usage, namespaces }: NodesSeen): ReportedNode[] =>
  nodes.slice(0, nodesMax).map((node) => {
    const { name, labels = {}, creationTimestamp } = node.metadata;
    const measured = usage.find((u) => u.name === name);
    return {
      name,
      ready: isTrue(conditionOf(node, "Ready")),
      cordoned: node.spec?.unschedulable === true,
      version: node.status?.nodeInfo?.kubeletVersion ?? "",
      createdAt: creationTimestamp ? new Date(creationTimestamp).toISOString() : null,
      ...allocatableOf(node),
      diskBytes: measured ? (measured.diskBytes ?? 0) : bytesOf(node.status?.allocatable?.["ephemeral-storage"]),
      used: measured
        ? { cpuMillis: measured.cpuMillis, memoryBytes: measured.memoryBytes, diskBytes: measured.diskBytesUsed }
        : null,
      instances: pods.filter((pod) => pod.spec.nodeName === name && !isOver(pod)).length,
      labels: { ...labels },
      taints: foundTaints(node.spec?.taints ?? []),
      otherPods: measured?.podNamespaces?.filter((each) => !namespaces.has(each)).length ?? null,
      signals: nodeSignals(node, measured),
    };
  });
