import type { Manifest } from "./render/manifest.ts";
import type { Served } from "./versions.ts";

/** Names of what the chart brings. */
export const agentsAccount = "pluvia-agents";
/** Picks the agents' own pods, which are the gateway. */
export const agentsPods: Readonly<Record<string, string>> = { "app.kubernetes.io/name": "pluvia-agents" };
/** Picks their namespace: the label that Kubernetes itself puts on each came after 1.20. */
export const agentsNamespaceLabels: Readonly<Record<string, string>> = { "pluvia.io/agents": "true" };

/** What the agents make for themselves, as a chart cannot: it does not know what the cluster serves, or who made the namespace. */
export const ownManifests = (namespace: string, { disruptionBudget }: Pick<Served, "disruptionBudget">): readonly Manifest[] => [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels: agentsNamespaceLabels } },
  {
    apiVersion: disruptionBudget,
    kind: "PodDisruptionBudget",
    metadata: { name: "pluvia-agents", namespace, labels: agentsPods },
    spec: { maxUnavailable: 1, selector: { matchLabels: agentsPods } },
  },
];
