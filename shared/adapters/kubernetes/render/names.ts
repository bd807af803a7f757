import type { Workload } from "../../../contract/agent.ts";
import type { ComponentId, DataCenterId, TenantId } from "../../../contract/id.ts";

/** Keys of our labels. */
export const labels = {
  managedBy: "app.kubernetes.io/managed-by",
  dataCenter: "pluvia.io/data-center",
  tenant: "pluvia.io/tenant",
  application: "pluvia.io/application",
  component: "pluvia.io/component",
  /** On pods. */
  release: "pluvia.io/release",
  releaseNumber: "pluvia.io/release-number",
  /** On pods: a hash of all that they are made of. Two pods of one revision are alike. */
  revision: "pluvia.io/revision",
  /** On Secrets and ConfigMaps that are named by their content: those that no template names any more may go. */
  content: "pluvia.io/content",
} as const;

/** Of nodes; the kubelet sets it. */
export const architectureLabel = "kubernetes.io/arch";

export const annotations = {
  /** On pods: grows when somebody asks for a restart. */
  restart: "pluvia.io/restart",
} as const;

/** Of the component's own container; attachments have others. */
export const appContainer = "app";
/** What every instance runs as towards the API server: an account that may nothing and has no token. */
export const componentAccount = "pluvia-component";
/** The rights of the agent within the namespace of a tenant; the chart brings it. */
export const tenantRole = "pluvia-tenant";
/** In the namespace of a tenant: gives the agent that role. */
export const agentBinding = "pluvia-agent";

/** Ids have `_`, which no object's name may have. */
const dashed = (id: string): string => id.replaceAll("_", "-");

export const namespaceFor = (tenant: TenantId): string => dashed(tenant);
export const nameFor = (component: ComponentId): string => dashed(component);
/** Names each instance of a stateful component: `cmp-x-0.cmp-x-pods`. */
export const podsServiceFor = (component: ComponentId): string => `${nameFor(component)}-pods`;
/** Where its external TCP ports are reached from outside. */
export const tcpServiceFor = (component: ComponentId): string => `${nameFor(component)}-tcp`;
/** A job runs once per release; a restart runs it again. */
export const jobNameFor = (w: Pick<Workload, "component" | "releaseNumber" | "restart">): string =>
  `${nameFor(w.component)}-${w.releaseNumber}-${w.restart}`;

/** Where a component's internal ports answer within the cluster. */
export const hostFor = (tenant: TenantId, component: ComponentId): string => `${nameFor(component)}.${namespaceFor(tenant)}.svc`;

/** On all that is ours: nothing without both is ever touched. */
export const ours = (dataCenter: DataCenterId): Record<string, string> => ({
  [labels.managedBy]: "pluvia",
  [labels.dataCenter]: dataCenter,
});
export const tenantLabels = (tenant: TenantId, dataCenter: DataCenterId): Record<string, string> => ({
  ...ours(dataCenter),
  [labels.tenant]: tenant,
});
export const componentLabels = (
  w: Pick<Workload, "tenant" | "application" | "component">,
  dataCenter: DataCenterId,
): Record<string, string> => ({
  ...tenantLabels(w.tenant, dataCenter),
  [labels.application]: w.application,
  [labels.component]: w.component,
});
/** Picks the pods of a component, whatever their release. */
export const selectorFor = (component: ComponentId): Record<string, string> => ({ [labels.component]: component });

/** On the pods of a dependent: it may reach this port of that component. One label for each, so that a policy can ask for exactly one. */
export const edgeLabel = (component: ComponentId, port: number): string => `to.pluvia.io/${nameFor(component)}.${port}`;
export const portName = (port: number): string => `port-${port}`;
