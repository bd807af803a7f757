import type { ComponentId } from "../../contract/id.ts";
import type { Client } from "./client.ts";
import type { KubernetesObject, ObjectRef } from "./object.ts";
import type { TenantView } from "./tenant-view.ts";

export const titleOf = ({ kind, metadata }: ObjectRef): string => `${kind}/${metadata.name}`;

type Belongings = Pick<TenantView, "makers" | "others">;
const of = (caches: readonly Pick<TenantView["others"][number], "of">[], component: ComponentId): KubernetesObject[] =>
  caches.flatMap((cache) => cache.of(component));

/** What makes pods of a component. */
export const makersOf = ({ makers }: Belongings, component: ComponentId): KubernetesObject[] => of(makers, component);
/** What stands around its pods, but for its record. */
export const othersOf = ({ others }: Belongings, component: ComponentId): KubernetesObject[] => of(others, component);

const isGoing = (o: KubernetesObject): boolean => o.metadata.deletionTimestamp !== undefined;

const makers = new Set(["Job", "CronJob", "Deployment", "StatefulSet", "DaemonSet"]);

/** Removes these, each only as the very object that was seen. What makes pods stays until they have ended; all else is gone at once. */
export async function removeAll(client: Client, objects: readonly KubernetesObject[]): Promise<void> {
  const remove = (object: KubernetesObject): Promise<void> =>
    client.remove(object, { propagation: makers.has(object.kind) ? "Foreground" : "Background", uid: object.metadata.uid });
  await Promise.all(objects.filter((object) => !isGoing(object)).map(remove));
}
