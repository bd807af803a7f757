import type { TenantId } from "../../contract/id.ts";
import type { Client, Kind } from "./client.ts";
import type { KubernetesObject } from "./object.ts";
import { labels, ours } from "./render/names.ts";
import type { DataCenterId } from "../../contract/id.ts";

export interface EmptyHomesParts {
  readonly client: Pick<Client, "list" | "remove">;
  readonly dataCenter: DataCenterId;
  readonly cronJob: Kind;
}

const v1 = (kind: string): Kind => ({ apiVersion: "v1", kind });
const apps = (kind: string): Kind => ({ apiVersion: "apps/v1", kind });

/** Kubernetes itself puts these into every namespace. */
const isKubernetesOwn = (o: KubernetesObject & { readonly type?: string }): boolean =>
  (o.kind === "ConfigMap" && o.metadata.name === "kube-root-ca.crt") ||
  (o.kind === "ServiceAccount" && o.metadata.name === "default") ||
  (o.kind === "Secret" && o.type === "kubernetes.io/service-account-token");

/** Whether it is more than what every team's namespace has, of whomever: a volume is data, even where it is ours. */
export function isContent(o: KubernetesObject, own: Readonly<Record<string, string>>): boolean {
  if (o.kind === "PersistentVolumeClaim" || o.kind === "Pod") return true;
  if (isKubernetesOwn(o)) return false;
  const marks = o.metadata.labels ?? {};
  const isOurs = Object.entries(own).every(([key, value]) => marks[key] === value);
  return !isOurs || labels.component in marks;
}

/**
 * Removes the namespaces of teams that want nothing here any more: ours alone, with nothing of anyone in them, and no volume. One goes when
 * it is found so twice in a row, as a team that has just left may come back.
 */
export function emptyHomes({ client, dataCenter, cronJob }: EmptyHomesParts): (wanted: ReadonlySet<TenantId>) => Promise<void> {
  const own = ours(dataCenter);
  const kinds: readonly Kind[] = [
    ...["Pod", "PersistentVolumeClaim", "Service", "ConfigMap", "Secret", "ServiceAccount"].map(v1),
    ...["Deployment", "StatefulSet", "DaemonSet"].map(apps),
    { apiVersion: "batch/v1", kind: "Job" },
    cronJob,
  ];
  let before = new Set<string>();

  const isEmpty = async (namespace: string): Promise<boolean> => {
    for (const kind of kinds) {
      const { items } = await client.list<KubernetesObject>(kind, { namespace });
      if (items.some((o) => isContent(o, own))) return false;
    }
    return true;
  };
  return async (wanted) => {
    const { items } = await client.list<KubernetesObject>(v1("Namespace"), { labels: own });
    const unwanted = items.filter(({ metadata }) => {
      const tenant = metadata.labels?.[labels.tenant];
      return tenant !== undefined && !wanted.has(tenant as TenantId) && metadata.deletionTimestamp === undefined;
    });
    const now = new Set<string>();
    for (const namespace of unwanted) {
      const { name, uid = "" } = namespace.metadata;
      if (!(await isEmpty(name))) continue;
      if (before.has(uid)) await client.remove(namespace, { propagation: "Background", uid });
      else now.add(uid);
    }
    before = now;
  };
}
