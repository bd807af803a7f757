import { Fault, isFault } from "../../base/fault.ts";
import type { DataCenterId, TenantId } from "../../contract/id.ts";
import type { Client } from "./client.ts";
import type { KubernetesObject } from "./object.ts";
import { recordLabel } from "./record.ts";
import { labels, namespaceFor, ours } from "./render/names.ts";

const isOf = ({ metadata }: KubernetesObject, owner: Readonly<Record<string, string>>): boolean =>
  Object.entries(owner).every(([name, value]) => metadata.labels?.[name] === value);

const titleOf = ({ kind, metadata: { name, namespace } }: KubernetesObject): string =>
  `${kind} ${name}${namespace === undefined ? "" : ` in the namespace ${namespace}`}`;

const foreign = (there: KubernetesObject): Fault =>
  new Fault("invalid", `There is already a ${titleOf(there)}, made by somebody else.`, {
    next: "Rename or remove it; then this goes on by itself.",
  });

/** What exists already without our labels is somebody else's: a Fault `invalid`, and it stays as it is. */
export async function refuseForeign<T extends KubernetesObject>(client: Pick<Client, "get">, manifest: T): Promise<T | null> {
  const there = await client.get<T>(manifest);
  const { [labels.managedBy]: managedBy = "", [labels.dataCenter]: dataCenter = "" } = manifest.metadata.labels ?? {};
  if (there && !isOf(there, { [labels.managedBy]: managedBy, [labels.dataCenter]: dataCenter })) throw foreign(there);
  return there;
}

async function hasRecords(client: Pick<Client, "list">, namespace: string): Promise<boolean> {
  try {
    const { items } = await client.list({ apiVersion: "v1", kind: "Secret" }, { namespace, labels: { [recordLabel]: "" } });
    return items.length > 0;
  } catch (error) {
    if (isFault(error, "forbidden")) return true;
    throw error;
  }
}

/** A namespace of an earlier data center, with no component left in it, is taken over; one in which something runs is not. */
export async function refuseForeignNamespace(client: Client, tenant: TenantId, dataCenter: DataCenterId): Promise<void> {
  const namespace = namespaceFor(tenant);
  const there = await client.get({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  if (!there || isOf(there, ours(dataCenter))) return;
  const { [labels.managedBy]: managedBy, [labels.dataCenter]: other = "" } = there.metadata.labels ?? {};
  if (managedBy !== ours(dataCenter)[labels.managedBy]) throw foreign(there);
  if (await hasRecords(client, namespace))
    throw new Fault("invalid", `In the namespace ${namespace} components of another data center (${other}) run.`, {
      next: "Remove the namespace when they are not needed any more; or join this data center with another cluster.",
    });
}
