import type { NodeTaskReport } from "../contract/agent.ts";
import type { Advice } from "../contract/component.ts";
import type { DataCenter, FoundTaint, NodeChange } from "../contract/data-center.ts";
import type { Operation, OperationKind } from "../contract/operation.ts";
import type { Step } from "../contract/release.ts";

/** What an agent says of itself that can change nodes. */
export const nodesCapability = "node-changes";
/** More than one person does by hand; it bounds what travels with every look at desired state. */
export const nodeTasksMax = 50;

export const nodeOperationOf: Readonly<Record<NodeChange["kind"], OperationKind>> = {
  cordon: "node-cordon",
  uncordon: "node-uncordon",
  drain: "node-drain",
  edit: "node-edit",
};

/** A drain waits for budgets, which wait for instances that start elsewhere; all else is one call. */
export const nodePatienceSeconds = (kind: NodeChange["kind"]): number => (kind === "drain" ? 2 * 60 * 60 : 10 * 60);

type Place = Pick<DataCenter, "name" | "state" | "capabilities">;

/** Why nodes cannot be changed here; the API refuses with it, the console greys out with it. */
export function objectionToNodeChanges({ name, state, capabilities }: Place): Advice | null {
  if (!capabilities.some((c) => c.name === nodesCapability && c.available))
    return {
      code: "node.not-managed",
      message: `The agents of ${name} do not change nodes.`,
      next: "That takes a Kubernetes cluster, and agents of the platform's version there.",
      params: { name },
    };
  if (state === "connected") return null;
  return {
    code: "node.away",
    message: `The data center ${name} is not connected, so nothing can be done with its nodes.`,
    next: "Wait until its agent is connected.",
    params: { name },
  };
}

/** Names of labels and taints that Kubernetes sets by itself, or reads: to change them breaks a node, or is put back. Roles are people's. */
export const isKubernetesOwn = (key: string): boolean => {
  const prefix = key.includes("/") ? (key.split("/")[0] ?? "") : "";
  return /(^|\.)(kubernetes|k8s)\.io$/.test(prefix) && prefix !== "node-role.kubernetes.io";
};

/** The names in a change that nobody may change here. */
export const protectedNames = (change: NodeChange): string[] =>
  change.kind === "edit"
    ? [...Object.keys(change.labels), ...(change.taints ?? []).map((taint) => taint.key)].filter(isKubernetesOwn)
    : [];

/** As it is written by hand, to kubectl too. */
export const taintText = ({ key, value, effect }: FoundTaint): string => `${key}${value ? `=${value}` : ""}:${effect}`;

/** What is told of a change that goes on. */
export function nodeSteps(operation: Operation, { left, blocked }: NodeTaskReport, at: string): Step[] {
  if (operation.kind !== "node-drain") return [];
  const evict = operation.steps.find((step) => step.name === "evict");
  const begun = evict?.startedAt ?? at;
  const names = blocked.join(", ");
  const waiting =
    blocked.length === 0
      ? { code: "node.draining", message: `Instances still there: ${left}.`, params: { left } }
      : {
          code: "node.draining-held",
          message: `Instances still there: ${left}. Disruption budgets hold back ${names} until others are ready.`,
          params: { left, names },
        };
  return [
    { name: "cordon", state: "succeeded", startedAt: operation.createdAt, endedAt: begun, message: null },
    { name: "evict", state: "running", startedAt: begun, endedAt: null, ...waiting },
  ];
}

/** Said when its time is over. */
export const nodeDeadline = (operation: Operation): Advice => ({
  code: "deadline.node",
  message: `What was asked of the node ${operation.node} was not done in time.`,
  next: "See in its steps what it waited for; then ask for it again.",
  params: { node: operation.node ?? "" },
});
