import type { ComponentId, DataCenterId } from "../../contract/id.ts";
import { type Cache, type CacheOptions, type CacheParts, watchCache } from "./cache.ts";
import type { Selection } from "./client.ts";
import { bare, bareMaker, bareMetadata, barePod, bareService } from "./kept.ts";
import { openRecord, recordLabel } from "./record.ts";
import { labels, ours } from "./render/names.ts";
import type { KubernetesObject } from "./object.ts";
import { type DiskShelves, memoryShelf } from "./shelf.ts";
import type { Served } from "./versions.ts";
import type { Claim, ClusterEvent, CronJob, DaemonSet, Deployment, Job, Pod, Secret, Service, StatefulSet } from "./shapes.ts";

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
  readonly services: Cache<Service>;
  /** What stands around the pods: that it is there, and which version of it. */
  readonly networkPolicies: Cache<KubernetesObject>;
  readonly configMaps: Cache<KubernetesObject>;
  readonly contents: Cache<KubernetesObject>;
  readonly autoscalers: Cache<KubernetesObject>;
  readonly disruptionBudgets: Cache<KubernetesObject>;
  readonly events: Cache<ClusterEvent>;
  /** What makes pods, or decides how many: the first to go. */
  readonly makers: readonly Cache<KubernetesObject>[];
  /** What stands around the pods, but for claims. */
  readonly others: readonly Cache<KubernetesObject>[];
  /** Where an object of this kind, which carries our labels, is seen. */
  cacheOf(kind: string): Cache<KubernetesObject> | undefined;
  ready(): Promise<void>;
  stop(): void;
}

/** Which component an object belongs to. */
export const componentOf = (object: KubernetesObject): ComponentId | undefined =>
  object.metadata.labels?.[labels.component] as ComponentId | undefined;
/** Which component an event is about: everything of one is named after it, or after a volume and it. */
const aboutComponent = (event: ClusterEvent): ComponentId | undefined =>
  /(?:^|-)(cmp-[a-z0-9]+)/.exec(event.involvedObject.name ?? "")?.[1]?.replace("-", "_") as ComponentId | undefined;
/** Which component whatever has changed is about; null when it is about none, or any. */
export const concerned = (object: KubernetesObject | null): ComponentId | null =>
  (object && (componentOf(object) ?? ("involvedObject" in object ? aboutComponent(object as ClusterEvent) : undefined))) ?? null;

export interface TenantViewParts extends CacheParts {
  readonly shelves: DiskShelves;
}

export function tenantView(parts: TenantViewParts, namespace: string, dataCenter: DataCenterId, served: Served): TenantView {
  const own = <T extends KubernetesObject>(
    apiVersion: string,
    kind: string,
    { kept, shelf, labels: more, ...how }: Selection & Pick<CacheOptions<T>, "kept" | "shelf"> = {},
  ): Cache<T> =>
    watchCache<T>(
      parts,
      { apiVersion, kind },
      { ...how, namespace, labels: { ...ours(dataCenter), ...more } },
      {
        indexOf: componentOf,
        kept: kept ?? (how.only ? bareMetadata : bare),
        shelf: shelf ?? parts.shelves.shelf(`${kind} ${how.only ?? ""}`),
      },
    );
  const only = "metadata";
  const caches = {
    records: own<Secret>("v1", "Secret", { kept: openRecord, labels: { [recordLabel]: "workload" } }),
    // Looked at all the time, as a whole.
    pods: own<Pod>("v1", "Pod", { kept: barePod, shelf: memoryShelf() }),
    deployments: own<Deployment>("apps/v1", "Deployment", { kept: bareMaker }),
    statefulSets: own<StatefulSet>("apps/v1", "StatefulSet", { kept: bareMaker }),
    daemonSets: own<DaemonSet>("apps/v1", "DaemonSet", { kept: bareMaker }),
    jobs: own<Job>("batch/v1", "Job", { kept: bareMaker }),
    cronJobs: own<CronJob>(served.cronJob, "CronJob", { only }),
    claims: own<Claim>("v1", "PersistentVolumeClaim"),
    services: own<Service>("v1", "Service", { kept: bareService }),
    networkPolicies: own("networking.k8s.io/v1", "NetworkPolicy", { only }),
    configMaps: own("v1", "ConfigMap", { only }),
    contents: own("v1", "Secret", { only, labels: { [labels.content]: "" } }),
    autoscalers: own(served.autoscaler, "HorizontalPodAutoscaler", { only }),
    disruptionBudgets: own(served.disruptionBudget, "PodDisruptionBudget", { only }),
    // Events carry no labels: all of the namespace; only warnings are ever of use.
    events: watchCache<ClusterEvent>(
      parts,
      { apiVersion: "v1", kind: "Event" },
      { namespace, fields: "type=Warning" },
      { indexOf: aboutComponent },
    ),
  };
  const seen: Readonly<Record<string, Cache<KubernetesObject>>> = {
    Deployment: caches.deployments,
    StatefulSet: caches.statefulSets,
    DaemonSet: caches.daemonSets,
    Job: caches.jobs,
    CronJob: caches.cronJobs,
    PersistentVolumeClaim: caches.claims,
    Service: caches.services,
    NetworkPolicy: caches.networkPolicies,
    ConfigMap: caches.configMaps,
    Secret: caches.contents,
    HorizontalPodAutoscaler: caches.autoscalers,
    PodDisruptionBudget: caches.disruptionBudgets,
  };
  const all: readonly Cache<KubernetesObject>[] = Object.values(caches);
  return {
    namespace,
    ...caches,
    makers: [caches.autoscalers, caches.jobs, caches.cronJobs, caches.deployments, caches.statefulSets, caches.daemonSets],
    others: [caches.disruptionBudgets, caches.networkPolicies, caches.services, caches.configMaps, caches.contents],
    cacheOf: (kind) => seen[kind],
    ready: async () => void (await Promise.all(all.map((cache) => cache.ready()))),
    stop: () => {
      for (const cache of all) cache.stop();
    },
  };
}
