/** One rule of the agents' roles. `groups`: API groups, "" is the core. */
export interface Right {
  /** cluster: everywhere. agents: in the agents' own namespace. tenant: in the namespaces that the agents make for teams. builds: in the namespace of builds, where there are any. usage: everywhere, if asked for. */
  readonly scope: "cluster" | "agents" | "tenant" | "builds" | "usage";
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  /** Only these objects; undefined: all. */
  readonly names?: readonly string[];
  readonly verbs: readonly string[];
  readonly reason: string;
}

const change = ["get", "list", "watch", "create", "patch", "delete"] as const;

/**
 * Everything the agents may do in a cluster, each with its reason. The chart's roles say the same (a test compares them), the preflight asks
 * the cluster for them, and docs/kubernetes-permissions.md is written from them.
 */
export const agentRights: readonly Right[] = [
  {
    scope: "cluster",
    groups: [""],
    resources: ["namespaces"],
    verbs: change,
    reason: "Each team gets a namespace of its own, made with its first component and removed with its last.",
  },
  {
    scope: "cluster",
    groups: [""],
    resources: ["nodes"],
    verbs: ["get", "list", "watch", "patch"],
    reason:
      "Capacity and health of nodes are shown; to cordon a node, or to change its labels and taints, is a patch that an owner asks for.",
  },
  {
    scope: "cluster",
    groups: ["storage.k8s.io"],
    resources: ["storageclasses"],
    verbs: ["get", "list", "watch"],
    reason: "Which kinds of volumes there are, and which is the default.",
  },
  {
    scope: "cluster",
    groups: ["scheduling.k8s.io"],
    resources: ["priorityclasses"],
    names: ["pluvia-application", "pluvia-job"],
    verbs: ["get"],
    reason: "Whether the two classes that the chart brings are there: jobs make room for applications.",
  },
  {
    scope: "cluster",
    groups: ["metrics.k8s.io"],
    resources: ["nodes"],
    verbs: ["get", "list"],
    reason: "How much nodes use, where the cluster has a metrics server.",
  },
  {
    scope: "cluster",
    groups: ["rbac.authorization.k8s.io"],
    resources: ["rolebindings"],
    verbs: ["get", "create", "patch"],
    reason: "In the namespace of a team the agents give themselves the role pluvia-tenant.",
  },
  {
    scope: "cluster",
    groups: ["rbac.authorization.k8s.io"],
    resources: ["clusterroles"],
    names: ["pluvia-tenant"],
    verbs: ["bind"],
    reason: "That role and no other one: Kubernetes refuses to give rights that the giver may not give.",
  },
  {
    scope: "agents",
    groups: ["coordination.k8s.io"],
    resources: ["leases"],
    verbs: ["get", "create", "patch"],
    reason: "Of the replicas one leads.",
  },
  {
    scope: "agents",
    groups: [""],
    resources: ["secrets"],
    verbs: ["get", "create", "patch"],
    reason: "The replicas share one identity towards the platform, and the list of used tickets.",
  },
  {
    scope: "agents",
    groups: ["apps"],
    resources: ["deployments"],
    names: ["pluvia-agents"],
    verbs: ["get", "patch"],
    reason: "The agents bring themselves to a newer version, and back when it does not work.",
  },
  {
    scope: "agents",
    groups: ["policy"],
    resources: ["poddisruptionbudgets"],
    verbs: ["get", "create", "patch"],
    reason: "The agents' own: its API version depends on the cluster, so the agents make it themselves.",
  },
  {
    scope: "tenant",
    groups: ["apps"],
    resources: ["deployments", "statefulsets", "daemonsets"],
    verbs: change,
    reason: "Stateless, stateful and per-node components.",
  },
  {
    scope: "tenant",
    groups: ["batch"],
    resources: ["jobs", "cronjobs"],
    verbs: change,
    reason: "Jobs, scheduled jobs and builds.",
  },
  {
    scope: "tenant",
    groups: [""],
    resources: ["services", "configmaps", "secrets", "persistentvolumeclaims", "serviceaccounts"],
    verbs: change,
    reason: "Addresses, files, variables and volumes of components; the account that instances run as, which may do nothing.",
  },
  {
    scope: "tenant",
    groups: [""],
    resources: ["resourcequotas", "limitranges"],
    verbs: ["get", "list", "watch", "create", "patch"],
    reason: "What a team may use at most.",
  },
  {
    scope: "tenant",
    groups: [""],
    resources: ["pods"],
    verbs: ["get", "list", "watch", "delete"],
    reason: "What runs is observed; an instance that hangs in an update is removed.",
  },
  {
    scope: "tenant",
    groups: [""],
    resources: ["pods/eviction"],
    verbs: ["create"],
    reason:
      "An owner drains a node: its instances are asked to leave, which disruption budgets may refuse. Only in the namespaces of teams, so that no other pod of the cluster can be made to leave.",
  },
  {
    scope: "tenant",
    groups: [""],
    resources: ["events"],
    verbs: ["get", "list", "watch"],
    reason: "Why something does not start, told in words.",
  },
  {
    scope: "tenant",
    groups: [""],
    resources: ["pods/log"],
    verbs: ["get"],
    reason: "The output of instances is read where people follow their logs.",
  },
  {
    scope: "tenant",
    groups: [""],
    resources: ["pods/exec"],
    verbs: ["get", "create"],
    reason: "Terminals that developers open.",
  },
  {
    scope: "tenant",
    groups: ["autoscaling"],
    resources: ["horizontalpodautoscalers"],
    verbs: change,
    reason: "The scaling policies of components.",
  },
  {
    scope: "tenant",
    groups: ["policy"],
    resources: ["poddisruptionbudgets"],
    verbs: change,
    reason: "Maintenance of nodes leaves enough instances.",
  },
  {
    scope: "tenant",
    groups: ["networking.k8s.io"],
    resources: ["networkpolicies"],
    verbs: change,
    reason: "Teams are kept apart; exactly the declared connections are open.",
  },
  {
    scope: "tenant",
    groups: ["metrics.k8s.io"],
    resources: ["pods"],
    verbs: ["get", "list"],
    reason: "How much instances use, where the cluster has a metrics server.",
  },
  {
    scope: "builds",
    groups: ["batch"],
    resources: ["jobs"],
    verbs: ["get", "list", "create", "delete"],
    reason: "A build is a job. One that is cancelled, or ended an hour ago, is removed.",
  },
  {
    scope: "builds",
    groups: [""],
    resources: ["pods"],
    verbs: ["list"],
    reason: "Why a builder ended without a word, or cannot begin: its memory, its disk, its image.",
  },
  {
    scope: "builds",
    groups: [""],
    resources: ["events"],
    verbs: ["list"],
    reason: "Why a builder waits: the cluster makes no pod of it, as when a quota is used up.",
  },
  {
    scope: "builds",
    groups: [""],
    resources: ["secrets"],
    verbs: ["get", "create", "patch"],
    reason: "The token of each build, good for it alone, which goes with its job.",
  },
  {
    scope: "builds",
    groups: [""],
    resources: ["serviceaccounts", "resourcequotas"],
    verbs: ["get", "create", "patch"],
    reason: "The account that builds run as, which may do nothing; how much all builds together may use.",
  },
  {
    scope: "builds",
    groups: ["networking.k8s.io"],
    resources: ["networkpolicies"],
    verbs: ["get", "create", "patch"],
    reason: "Builds reach the Internet and what `builds.reach` names, and nothing reaches them.",
  },
  {
    scope: "usage",
    groups: [""],
    resources: ["nodes/proxy"],
    verbs: ["get"],
    reason:
      "How much nodes and instances use, asked of the kubelets where there is no metrics server. Only with the value `nodeUsage`: a kubelet answers much more to whoever has this right, up to running commands in its pods.",
  },
];

const titles: Readonly<Record<Right["scope"], string>> = {
  cluster: "Everywhere (ClusterRole `pluvia-agents`)",
  agents: "In the namespace of the agents (Role `pluvia-agents`)",
  tenant: "In the namespaces of teams (ClusterRole `pluvia-tenant`, bound there alone)",
  builds: "Only with `builds.image` (Role `pluvia-builds` in the namespace of builds)",
  usage: "Only with `nodeUsage: true` (ClusterRole `pluvia-agents-usage`)",
};

const code = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(" ");
const rowOf = ({ groups, resources, names, verbs, reason }: Right): string =>
  `| ${code(resources)}${names ? ` named ${code(names)}` : ""} | ${code(groups.map((group) => group || "core"))} | ${code(verbs)} | ${reason} |`;

const introduction = `# What the agents may do in a cluster

Written from \`shared/domain/agent-rights.ts\` by \`npm run golden\`; the chart's roles (\`infra/kubernetes/pluvia-agents/templates/rights.yaml\`) hold exactly
these rules. Only what carries the labels of this data center is ever changed or removed.

- Nothing lets the agents read Secrets everywhere: they read those of their own namespace, and those in the namespaces they make for teams.
- One thing to know: Kubernetes cannot restrict *where* a role may be given. Whoever takes the agents over could give themselves \`pluvia-tenant\` in
  another namespace too. Where that matters, give the data center a cluster of its own, or let an admission policy refuse RoleBindings of the account
  \`pluvia-agents\` outside of namespaces named \`tnt-*\`.
`;

/** docs/kubernetes-permissions.md */
export function rightsAsMarkdown(): string {
  const sections = Object.entries(titles).map(([scope, title]) => {
    const rows = agentRights.filter((right) => right.scope === scope).map(rowOf);
    return [`## ${title}`, "", "| On | API group | May | Because |", "|---|---|---|---|", ...rows].join("\n");
  });
  return `${[introduction, ...sections].join("\n\n").replaceAll("\n\n\n", "\n\n")}\n`;
}
