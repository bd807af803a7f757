import type { DataCenterId } from "../../../contract/id.ts";
import type { Quota } from "../../../contract/quota.ts";
import type { RunnableImage } from "../../../ports/image-of.ts";
import type { Served } from "../versions.ts";

/** What a workload does not say: how this data center runs it. The same for every workload but for `image`. */
export interface RenderContext {
  readonly dataCenter: DataCenterId;
  readonly served: Served;
  readonly image: RunnableImage;
  /** Whose pods may reach external ports. */
  readonly gateway: {
    readonly namespaceLabels: Readonly<Record<string, string>>;
    readonly podLabels: Readonly<Record<string, string>>;
  };
  /** null: the cluster's own default is good enough. */
  readonly priorityClasses: { readonly application: string; readonly job: string } | null;
  readonly podSecurity: PodSecurity;
  readonly tcp: ExternalTcp;
}
/** What gives external TCP ports an address; null: nothing does. */
export type ExternalTcp = "NodePort" | "LoadBalancer" | null;
/**
 * Level of Kubernetes' pod security standards that a tenant's namespace enforces. restricted: images that would run as root are refused by the node.
 * baseline: they run as they say, without any capability all the same.
 */
export type PodSecurity = "restricted" | "baseline";

export interface NamespaceContext {
  readonly dataCenter: DataCenterId;
  /** Of the tenant whose namespace it is. */
  readonly quota: Pick<Quota, "instances" | "memoryMib">;
  readonly podSecurity: PodSecurity;
  /** The account of the agent. */
  readonly agent: { readonly namespace: string; readonly serviceAccount: string };
  /** Networks that instances may not reach beside the nodes' metadata, IPv4 or IPv6: the API server, other tenants' pods and services. */
  readonly deniedCidrs: readonly string[];
  readonly tcp: ExternalTcp;
}
