import type { ComponentId, DataCenterId } from "../../contract/id.ts";
import type { Client, Kind } from "./client.ts";
import type { KubernetesObject, ObjectRef } from "./object.ts";
import { recordNameFor } from "./record.ts";
import { labels, ours } from "./render/names.ts";
import type { Served } from "./versions.ts";

/** What makes pods, or decides how many: the first to go. */
export const makerKinds = (served: Served): readonly Kind[] => [
  { apiVersion: served.autoscaler, kind: "HorizontalPodAutoscaler" },
  { apiVersion: "batch/v1", kind: "Job" },
  { apiVersion: served.cronJob, kind: "CronJob" },
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "apps/v1", kind: "StatefulSet" },
  { apiVersion: "apps/v1", kind: "DaemonSet" },
];
/** What stands around the pods. */
export const otherKinds = (served: Served): readonly Kind[] => [
  { apiVersion: served.disruptionBudget, kind: "PodDisruptionBudget" },
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
  { apiVersion: "v1", kind: "Service" },
  { apiVersion: "v1", kind: "ConfigMap" },
  { apiVersion: "v1", kind: "Secret" },
];
export const claimKind: Kind = { apiVersion: "v1", kind: "PersistentVolumeClaim" };
const podKind: Kind = { apiVersion: "v1", kind: "Pod" };

export interface Owner {
  readonly namespace: string;
  readonly component: ComponentId;
  readonly dataCenter: DataCenterId;
}

export const titleOf = ({ kind, metadata }: ObjectRef): string => `${kind}/${metadata.name}`;

/** Everything of a component but its record, whatever made it: only what carries our labels. */
export async function belongingsOf(client: Client, owner: Owner, kinds: readonly Kind[]): Promise<KubernetesObject[]> {
  const selection = {
    namespace: owner.namespace,
    labels: { ...ours(owner.dataCenter), [labels.component]: owner.component },
  };
  const lists = await Promise.all(kinds.map((kind) => client.list(kind, selection)));
  return lists.flatMap((list) => list.items).filter((o) => titleOf(o) !== `Secret/${recordNameFor(owner.component)}`);
}

const isGoing = (o: KubernetesObject): boolean => o.metadata.deletionTimestamp !== undefined;

const makers = new Set(["Job", "CronJob", "Deployment", "StatefulSet", "DaemonSet"]);

/** Removes these, each only as the very object that was seen. What makes pods stays until they have ended; all else is gone at once. */
export async function removeAll(client: Client, objects: readonly KubernetesObject[]): Promise<void> {
  for (const object of objects) {
    const propagation = makers.has(object.kind) ? "Foreground" : "Background";
    if (!isGoing(object)) await client.remove(object, { propagation, uid: object.metadata.uid });
  }
}

/**
 * One step of a removal: whatever makes pods, then the pods, then all else. Answers whether nothing is left; until it does, it is to be called again.
 */
export async function removeStep(client: Client, served: Served, owner: Owner): Promise<boolean> {
  const makers = await belongingsOf(client, owner, makerKinds(served));
  await removeAll(client, makers);
  // Pods that have lost what made them go, too; what they use must be there until they have ended.
  const pods = await belongingsOf(client, owner, [podKind]);
  if (makers.length === 0) await removeAll(client, pods);
  if (makers.length + pods.length > 0) return false;
  const rest = await belongingsOf(client, owner, [...otherKinds(served), claimKind]);
  await removeAll(client, rest);
  return rest.length === 0;
}
