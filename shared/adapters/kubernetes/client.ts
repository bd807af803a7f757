import { Fault, isFault } from "../../base/fault.ts";
import { inTurns } from "../../base/in-turns.ts";
import type { KubernetesObject, ObjectRef } from "./object.ts";
import { type Outages, outages } from "./outages.ts";
import type { Call, Transport } from "./transport.ts";

/** Where a kind is found: its plural, and whether it lives in namespaces. */
interface Resource {
  readonly plural: string;
  readonly namespaced: boolean;
}
/** A kind, with the version of it that is spoken. */
export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}
export interface Selection {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** e.g. `metadata.name=x` */
  readonly fields?: string;
  /** Names, labels and versions alone, of what is large or secret. */
  readonly only?: "metadata";
}
/** orphan: what it owns stays. background: what it owns goes after it. foreground: what it owns goes first. */
export type Propagation = "Orphan" | "Background" | "Foreground";

/** The API of one cluster in the words of the adapter. All failures are Faults. */
export interface Client {
  /** null: it is not there. */
  get<T extends KubernetesObject>(ref: ObjectRef): Promise<T | null>;
  /** `keep`: what of each item is kept; all of it when absent. */
  list<T extends KubernetesObject, Kept = T>(
    kind: Kind,
    selection?: Selection,
    keep?: (item: T) => Kept,
  ): Promise<{ items: Kept[]; resourceVersion: string }>;
  /**
   * Server-side apply: the fields of `manifest` are ours from now on, whoever had them; fields that were ours and are no longer in it go; the
   * fields of others stay. With a `resourceVersion` in its metadata, a Fault `conflict` when the object has changed since.
   */
  apply<T extends KubernetesObject>(manifest: T, how?: { manager?: string; dryRun?: boolean }): Promise<T>;
  /** A Fault `conflict` when there is one already. */
  create<T extends KubernetesObject>(manifest: T): Promise<T>;
  /** Fine when it is not there. With `uid`, another one of the same name is left alone. */
  remove(ref: ObjectRef, how: { propagation: Propagation; uid?: string | undefined; graceSeconds?: number }): Promise<void>;
  pathOf(kind: Kind, selection: Selection): Promise<string>;
  /** Every group/version that the API server serves, with its kinds: `apps/v1` → Deployment… */
  kinds(apiVersion: string): Promise<ReadonlySet<string>>;
  /** Preferred and other versions of each API group; `v1` for the core. */
  groupVersions(): Promise<readonly string[]>;
  /** When all others use the API server again after its last outage, see `Outages`. */
  readonly calmAt: Outages["calmAt"];
  readonly transport: Transport;
}

export const fieldManager = "pluvia";
/** Items asked for at once, and lists: what an agent that starts reads of ten thousand components must not be in its memory all at once. */
const [pageSize, listsMax] = [250, 3];

export const selectorOf = (labels: Readonly<Record<string, string>> | undefined): string | undefined =>
  labels &&
  Object.entries(labels)
    .map(([name, value]) => (value === "" ? name : `${name}=${value}`))
    .join(",");

/** The media type of what is asked for; undefined: of whole objects. Source: Kubernetes, API concepts, "Metadata-only fetches". */
export const acceptOf = ({ only }: Selection, what: "" | "List"): string | undefined =>
  only && `application/json;as=PartialObjectMetadata${what};g=meta.k8s.io;v=v1`;

const folderOf = (apiVersion: string): string => (apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`);

export function kubernetesClient(transport: Transport, now = Date.now): Client {
  const { noted, calmAt } = outages(now);
  const write = <T>(call: Call): Promise<T> => noted(() => transport.json<T>(call));
  const known = new Map<string, Promise<ReadonlyMap<string, Resource>>>();
  const inTurn = inTurns(listsMax);

  /** What one group version serves. One that is not there serves nothing; that is asked anew, for it may come. */
  function resources(apiVersion: string): Promise<ReadonlyMap<string, Resource>> {
    const cached = known.get(apiVersion);
    if (cached) return cached;
    const asking = transport
      .json<{ resources: { name: string; kind: string; namespaced: boolean }[] }>({ method: "GET", path: folderOf(apiVersion) })
      .then((list) => {
        const whole = list.resources.filter((r) => !r.name.includes("/"));
        return new Map(whole.map((r) => [r.kind, { plural: r.name, namespaced: r.namespaced }]));
      });
    known.set(apiVersion, asking);
    asking.catch(() => known.delete(apiVersion));
    return asking;
  }

  async function resourceOf({ apiVersion, kind }: Kind): Promise<Resource> {
    const found = (await resources(apiVersion)).get(kind);
    if (found) return found;
    known.delete(apiVersion);
    throw new Fault("invalid", `This cluster does not serve ${kind} in ${apiVersion}.`, { detail: { status: 404 } });
  }
  async function pathOf(kind: Kind, { namespace }: Selection): Promise<string> {
    const { plural, namespaced } = await resourceOf(kind);
    return `${folderOf(kind.apiVersion)}${namespaced && namespace ? `/namespaces/${namespace}` : ""}/${plural}`;
  }
  const pathTo = async (ref: ObjectRef): Promise<string> => `${await pathOf(ref, ref.metadata)}/${ref.metadata.name}`;

  async function listed<T extends KubernetesObject, Kept>(kind: Kind, selection: Selection, keep: (item: T) => Kept) {
    const path = await pathOf(kind, selection);
    const query = { labelSelector: selectorOf(selection.labels), fieldSelector: selection.fields, limit: pageSize };
    const accept = acceptOf(selection, "List");
    const items: Kept[] = [];
    let resourceVersion = "";
    let next: string | undefined;
    do {
      const at: Call = { method: "GET", path, query: { ...query, continue: next }, ...(accept !== undefined && { accept }) };
      const page = await transport.json<ListPage<T>>(at);
      // The items of a list leave out what they are; lists of metadata are null when empty.
      items.push(...(page.items ?? []).map((item) => keep({ ...item, apiVersion: kind.apiVersion, kind: kind.kind })));
      resourceVersion = page.metadata.resourceVersion;
      next = page.metadata.continue || undefined;
    } while (next !== undefined);
    return { items, resourceVersion };
  }

  return {
    transport,
    calmAt,
    pathOf,
    kinds: async (apiVersion) => {
      const found = await resources(apiVersion).catch((error: unknown) => {
        if (isFault(error, "not_found")) return new Map<string, Resource>();
        throw error;
      });
      return new Set(found.keys());
    },
    async groupVersions() {
      const { groups } = await transport.json<{ groups: { versions: { groupVersion: string }[] }[] }>({
        method: "GET",
        path: "/apis",
      });
      return ["v1", ...groups.flatMap((g) => g.versions.map((v) => v.groupVersion))];
    },
    async get<T extends KubernetesObject>(ref: ObjectRef) {
      try {
        return await transport.json<T>({ method: "GET", path: await pathTo(ref) });
      } catch (error) {
        if (isFault(error, "not_found")) return null;
        throw error;
      }
    },
    list: <T extends KubernetesObject, Kept = T>(
      kind: Kind,
      selection: Selection = {},
      keep = (item: T) => item as unknown as Kept,
    ) => inTurn(() => listed(kind, selection, keep)),
    apply: async (manifest, { manager = fieldManager, dryRun = false } = {}) =>
      write({
        method: "PATCH",
        path: await pathTo(manifest),
        query: { fieldManager: manager, force: true, ...(dryRun && { dryRun: "All" }) },
        // Not YAML for the sake of it: the media type of server-side apply; JSON is YAML.
        contentType: "application/apply-patch+yaml",
        body: manifest,
      }),
    create: async (manifest) =>
      write({
        method: "POST",
        path: await pathOf(manifest, manifest.metadata),
        query: { fieldManager },
        body: manifest,
      }),
    async remove(ref, { propagation, uid, graceSeconds }) {
      const body = {
        apiVersion: "v1",
        kind: "DeleteOptions",
        propagationPolicy: propagation,
        ...(uid && { preconditions: { uid } }),
        ...(graceSeconds !== undefined && { gracePeriodSeconds: graceSeconds }),
      };
      const call: Call = { method: "DELETE", path: await pathTo(ref), body };
      await write(call).catch((error: unknown) => {
        const isGone = isFault(error, "not_found") || (uid !== undefined && isFault(error, "conflict"));
        if (!isGone) throw error;
      });
    },
  };
}

interface ListPage<T> {
  readonly items: readonly T[] | null;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}
