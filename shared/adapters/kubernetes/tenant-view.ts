import type { DataCenterId } from "../../contract/id.ts";
import { type Cache, type CacheParts, watchCache } from "./cache.ts";
import type { Kind, Selection } from "./client.ts";
import { recordLabel } from "./record.ts";
import { labels, ours } from "./render/names.ts";
import type { KubernetesObject } from "./object.ts";
import type { Claim, ClusterEvent, CronJob, DaemonSet, Deployment, Job, Pod, Secret, StatefulSet } from "./shapes.ts";

/** What is true in one tenant's namespace, kept up to date by watches. */
export interface TenantView {
  readonly namespace: string;
  /** The records of its components. */
  readonly records: Cache<Secret>;
  readonly pods: Cache<Pod>;
  readonly deployments: Cache<Deployment>;
  readonly statefulSets: Cache<StatefulSet>;
  readonly daemonSets: Cache<DaemonSet>;
  readonly jobs: Cache<Job>;
  readonly cronJobs: Cache<CronJob>;
  readonly claims: Cache<Claim>;
  /** What stands around the pods: that it is there, and which version of it. */
  readonly services: Cache<KubernetesObject>;
  readonly networkPolicies: Cache<KubernetesObject>;
  readonly configMaps: Cache<KubernetesObject>;
  readonly contents: Cache<KubernetesObject>;
  readonly events: Cache<ClusterEvent>;
  ready(): Promise<void>;
  stop(): void;
}

export interface ViewKinds {
  /** Of CronJob, which moved from batch/v1beta1 to batch/v1. */
  readonly cronJob: Kind;
}

/** Which component an object belongs to. */
const componentOf = (object: KubernetesObject): string | undefined => object.metadata.labels?.[labels.component];
/** Which component an event is about: everything of one is named after it, or after a volume and it. */
const aboutComponent = (event: ClusterEvent): string | undefined =>
  /(?:^|-)(cmp-[a-z0-9]+)/.exec(event.involvedObject.name ?? "")?.[1]?.replace("-", "_");
/** Which component whatever has changed is about; null when it is about none, or any. */
export const concerned = (object: KubernetesObject | null): string | null =>
  (object && (componentOf(object) ?? ("involvedObject" in object ? aboutComponent(object as ClusterEvent) : undefined))) ?? null;

export function tenantView(parts: CacheParts, namespace: string, dataCenter: DataCenterId, kinds: ViewKinds): TenantView {
  const own = <T extends KubernetesObject>(
    apiVersion: string,
    kind: string,
    { labels: more, ...how }: Selection = {},
  ): Cache<T> =>
    watchCache<T>(parts, { apiVersion, kind }, { ...how, namespace, labels: { ...ours(dataCenter), ...more } }, componentOf);
  const only = "metadata";
  const caches = {
    records: own<Secret>("v1", "Secret", { labels: { [recordLabel]: "workload" } }),
    pods: own<Pod>("v1", "Pod"),
    deployments: own<Deployment>("apps/v1", "Deployment"),
    statefulSets: own<StatefulSet>("apps/v1", "StatefulSet"),
    daemonSets: own<DaemonSet>("apps/v1", "DaemonSet"),
    jobs: own<Job>("batch/v1", "Job"),
    cronJobs: own<CronJob>(kinds.cronJob.apiVersion, kinds.cronJob.kind),
    claims: own<Claim>("v1", "PersistentVolumeClaim"),
    services: own("v1", "Service", { only }),
    networkPolicies: own("networking.k8s.io/v1", "NetworkPolicy", { only }),
    configMaps: own("v1", "ConfigMap", { only }),
    contents: own("v1", "Secret", { only, labels: { [labels.content]: "" } }),
    // Events carry no labels: all of the namespace; only warnings are ever of use.
    events: watchCache<ClusterEvent>(
      parts,
      { apiVersion: "v1", kind: "Event" },
      { namespace, fields: "type=Warning" },
      aboutComponent,
    ),
  };
  const all: readonly Cache<KubernetesObject>[] = Object.values(caches);
  return {
    namespace,
    ...caches,
    ready: async () => void (await Promise.all(all.map((cache) => cache.ready()))),
    stop: () => {
      for (const cache of all) cache.stop();
    },
  };
}
