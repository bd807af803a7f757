import type { TenantId } from "../../../contract/id.ts";
import { metadataNetworks } from "../../../domain/build/address.ts";
import type { NamespaceContext } from "./context.ts";
import type { Manifest } from "./manifest.ts";
import { agentBinding, componentAccount, namespaceFor, tenantLabels, tenantRole } from "./names.ts";
import { mebibytes } from "./quantities.ts";

/** During an update each instance may stand beside its successor. */
const surge = 2;
/** External TCP ports of a team: a cluster has 2,768 ports on its nodes for all. */
const entrancesMax = 50;
/** What a container gets that says nothing of it: none of ours. */
const containerDefaults = {
  default: { cpu: "500m", memory: "256Mi", "ephemeral-storage": "1Gi" },
  defaultRequest: { cpu: "50m", memory: "256Mi", "ephemeral-storage": "64Mi" },
} as const;

/** What a tenant's namespace is and has before anything of the tenant runs in it, in the order to apply it. */
export function namespaceManifests(tenant: TenantId, context: NamespaceContext): readonly Manifest[] {
  const { quota, podSecurity, agent } = context;
  const namespace = namespaceFor(tenant);
  const labels = tenantLabels(tenant, context.dataCenter);
  const inside = (apiVersion: string, kind: string, name: string, rest: object): Manifest => ({
    apiVersion,
    kind,
    metadata: { name, namespace, labels },
    ...rest,
  });
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels: { ...labels, ...securityLabels(podSecurity) } } },
    inside("rbac.authorization.k8s.io/v1", "RoleBinding", agentBinding, {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: tenantRole },
      subjects: [{ kind: "ServiceAccount", name: agent.serviceAccount, namespace: agent.namespace }],
    }),
    inside("networking.k8s.io/v1", "NetworkPolicy", "pluvia-ingress", { spec: { podSelector: {}, policyTypes: ["Ingress"] } }),
    inside("networking.k8s.io/v1", "NetworkPolicy", "pluvia-egress", {
      spec: egress([...new Set([...metadataNetworks, ...context.deniedCidrs])]),
    }),
    inside("v1", "ServiceAccount", componentAccount, { automountServiceAccountToken: false }),
    inside("v1", "LimitRange", "pluvia", { spec: { limits: [{ type: "Container", ...containerDefaults }] } }),
    inside("v1", "ResourceQuota", "pluvia", {
      spec: {
        hard: {
          pods: String(quota.instances * surge),
          "limits.memory": mebibytes(quota.memoryMib * surge),
          "services.nodeports": String(context.tcp === null ? 0 : entrancesMax),
          "services.loadbalancers": String(context.tcp === "LoadBalancer" ? entrancesMax : 0),
        },
      },
    }),
  ];
}

/** Clusters before 1.22 do not know them, and ignore them. */
const securityLabels = (level: NamespaceContext["podSecurity"]): Record<string, string> => ({
  "pod-security.kubernetes.io/enforce": level,
  "pod-security.kubernetes.io/warn": "restricted",
});

/** Names, whatever the tenant has in its namespace (where each target decides itself), and the Internet. */
const egress = (denied: readonly string[]): object => ({
  podSelector: {},
  policyTypes: ["Egress"],
  egress: [
    // Without `to`: resolvers are pods in one cluster, and an address of the node in another.
    { ports: ["UDP", "TCP"].map((protocol) => ({ protocol, port: 53 })) },
    { to: [{ podSelector: {} }] },
    {
      to: [
        block(
          "0.0.0.0/0",
          denied.filter((cidr) => !cidr.includes(":")),
        ),
        block(
          "::/0",
          denied.filter((cidr) => cidr.includes(":")),
        ),
      ],
    },
  ],
});
const block = (cidr: string, except: readonly string[]): object => ({
  ipBlock: { cidr, ...(except.length > 0 && { except }) },
});
