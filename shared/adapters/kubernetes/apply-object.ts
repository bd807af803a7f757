import { Fault, isFault } from "../../base/fault.ts";
import type { Clock } from "../../ports/clock.ts";
import { type Client, fieldManager } from "./client.ts";
import type { KubernetesObject } from "./object.ts";
import { refuseForeign } from "./ownership.ts";
import { labels } from "./render/names.ts";

/** Takes the number of instances over from us, so that it stays as it is when we no longer say it. The autoscaler never applies, so it cannot. */
const keeper = `${fieldManager}-autoscaled`;
const makers: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "DaemonSet"]);
const orphanedMs = 10_000;

interface Maker extends KubernetesObject {
  readonly spec: { readonly replicas?: number };
  readonly metadata: KubernetesObject["metadata"] & {
    readonly managedFields?: readonly { readonly manager?: string; readonly fieldsV1?: { readonly "f:spec"?: object } }[];
  };
}
const saysReplicas = (maker: Maker | null): boolean =>
  maker?.metadata.managedFields?.some(
    ({ manager, fieldsV1 }) => manager === fieldManager && "f:replicas" in (fieldsV1?.["f:spec"] ?? {}),
  ) ?? false;

/** Before a number of instances is left to the autoscaler: a field that its only owner no longer names would be set back to 1. */
async function handOver(client: Client, manifest: Maker): Promise<void> {
  if (manifest.spec?.replicas !== undefined) return;
  const there = await client.get<Maker>(manifest);
  const replicas = there?.spec.replicas ?? 0;
  if (!there || replicas === 0 || !saysReplicas(there)) return;
  const { apiVersion, kind } = manifest;
  const { name, namespace = "", uid = "", resourceVersion = "" } = there.metadata;
  const share = { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion }, spec: { replicas } };
  await client.apply(share, { manager: keeper });
}

/** Whether it would be taken if nothing of its name were there. */
const tryAlone = (client: Client, manifest: KubernetesObject): Promise<unknown> =>
  client.apply({ ...manifest, metadata: { ...manifest.metadata, name: `${manifest.metadata.name}-try` } }, { dryRun: true });

async function orphaned(client: Client, clock: Clock, object: KubernetesObject): Promise<void> {
  await client.remove(object, { propagation: "Orphan", uid: object.metadata.uid });
  for (const until = clock.now().getTime() + orphanedMs; (await client.get(object))?.metadata.uid === object.metadata.uid; ) {
    if (clock.now().getTime() > until) throw new Fault("unavailable", `The former ${object.kind} is still being removed.`);
    await clock.sleep(50);
  }
}

/** Anew, in place of one that cannot become so. Its pods and volumes stay, and belong to the next one of the same name. */
async function replace(client: Client, clock: Clock, manifest: Maker): Promise<KubernetesObject> {
  const there = await client.get<Maker>(manifest);
  if (there) await orphaned(client, clock, there);
  const replicas = manifest.spec.replicas ?? there?.spec.replicas;
  const made = await client.apply({ ...manifest, spec: { ...manifest.spec, ...(replicas !== undefined && { replicas }) } });
  if (manifest.spec.replicas === replicas) return made;
  await handOver(client, manifest);
  return client.apply(manifest);
}

/** Named by its content, and never changed: where it is not seen it is most likely not there. */
async function made(client: Client, manifest: KubernetesObject): Promise<KubernetesObject> {
  try {
    return await client.create(manifest);
  } catch (error) {
    if (!isFault(error, "conflict")) throw error;
    await refuseForeign(client, manifest);
    return client.apply(manifest);
  }
}

/** Makes one object as it should be. `there`: what is seen of it, if it is seen. */
export async function applyObject(
  client: Client,
  clock: Clock,
  manifest: KubernetesObject,
  there: KubernetesObject | undefined,
): Promise<KubernetesObject> {
  if (!there && labels.content in (manifest.metadata.labels ?? {})) return made(client, manifest);
  if (!there) await refuseForeign(client, manifest);
  else if (makers.has(manifest.kind)) await handOver(client, manifest as Maker);
  try {
    return await client.apply(manifest);
  } catch (error) {
    if (!isFault(error, "invalid")) throw error;
    // A job that has begun can be held and let go, no more; another run has another name.
    if (manifest.kind === "Job" && there) return there;
    if (!makers.has(manifest.kind)) throw error;
    // Much of a stateful set cannot be changed; and API servers before 1.22 leave the shells of fields that are no longer said.
    await tryAlone(client, manifest);
    return replace(client, clock, manifest as Maker);
  }
}
