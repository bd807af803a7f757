import { gunzipSync, gzipSync } from "node:zlib";
import * as z from "zod";
import { Fault } from "../../base/fault.ts";
import { Observation, Workload } from "../../contract/agent.ts";
import type { ComponentId, DataCenterId } from "../../contract/id.ts";
import { Step } from "../../contract/release.ts";
import { freshTimeline } from "../../domain/timeline.ts";
import { bare } from "./kept.ts";
import { componentLabels, nameFor, namespaceFor } from "./render/names.ts";
import type { Secret } from "./shapes.ts";

/** On the Secret of a record: what tells it from other Secrets of its component. */
export const recordLabel = "pluvia.io/record";
export const recordNameFor = (component: ComponentId): string => `${nameFor(component)}-workload`;

const Rejected = z.object({
  message: z.string(),
  code: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  signals: Observation.shape.signals,
});
const KnownImage = z.object({
  reference: z.string(),
  command: z.array(z.string()).readonly(),
  variables: z.record(z.string(), z.string()),
  attachments: z.record(z.string(), z.string()),
  pullSecret: z.string().exactOptional(),
});
/** All that must be remembered of a component, kept in the cluster as its `-workload` Secret. Holds open secrets. */
export const ComponentRecord = z.object({
  version: z.literal(1),
  /** Applied last. */
  workload: Workload,
  /** Served last as wanted: what a release that never gets healthy falls back to. */
  settled: Workload.nullable(),
  /** Why the workload applied last was given up, if it was. */
  rejected: Rejected.nullable(),
  steps: z.array(Step),
  /** By release: what its image's tag meant when it was first applied. */
  pins: z.record(z.string(), z.string()).default({}),
  /** By all that decides it: the image that what was built runs by, for when nobody can be asked for it. */
  images: z.record(z.string(), KnownImage).default({}),
  /** What its objects were when they had been applied: an agent that starts need not apply them again. */
  made: z.array(z.string()).default([]),
  /** Everything of it is being removed; it is the last to go. */
  removing: z.boolean(),
});
export type ComponentRecord = z.infer<typeof ComponentRecord>;

const recordKey = "record.json.gz";
/** The same as text, in what is kept of it here. */
const openKey = "record.json";
/** The API server takes no more in one Secret. */
const recordBytesMax = 1_000_000;

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** `seen`: what it was read from; that it has neither changed nor gone since is made sure by the API server. */
export function secretOf(record: ComponentRecord, dataCenter: DataCenterId, seen: Secret | null | undefined): Secret {
  const { workload } = record;
  const packed = gzipSync(JSON.stringify(record));
  if (packed.length > recordBytesMax)
    throw new Fault("too_large", `The configuration of ${workload.componentName} is larger than a cluster can keep.`, {
      next: "Make its configuration files smaller, or put them into the source.",
      detail: { bytes: packed.length },
    });
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: recordNameFor(workload.component),
      namespace: namespaceFor(workload.tenant),
      labels: { ...componentLabels(workload, dataCenter), [recordLabel]: "workload" },
      // By its version alone one that was removed since would be made anew.
      ...(seen && { uid: seen.metadata.uid, resourceVersion: seen.metadata.resourceVersion }),
    },
    // The generation beside it is for people who look with kubectl.
    data: { [recordKey]: packed.toString("base64"), generation: base64(String(workload.generation)) },
  };
}

const textOf = (packed: string): string => gunzipSync(Buffer.from(packed, "base64")).toString();
/** As it is kept here: packed once more it would take several times the room. One that cannot be read stays as it is. */
export function openRecord(secret: Secret): Secret {
  const packed = secret.data?.[recordKey];
  const kept = bare(secret);
  if (!packed) return kept;
  try {
    return { ...kept, data: { [openKey]: textOf(packed) } };
  } catch {
    return kept;
  }
}

function unpacked({ data = {} }: Secret): ComponentRecord | null {
  const { [recordKey]: packed, [openKey]: open } = data;
  if (!packed && !open) return null;
  try {
    return ComponentRecord.parse(JSON.parse(open ?? textOf(packed ?? "")));
  } catch {
    return null;
  }
}
/** One look reads the same record several times: the last few are kept as they were read, by their version. */
const keptMax = 64;
const kept = new Map<string, ComponentRecord | null>();
/** null: it cannot be read, or a later version wrote it. Then it is left alone until somebody applies anew. */
export function recordOf(secret: Secret): ComponentRecord | null {
  const { uid, resourceVersion } = secret.metadata;
  // One that was never kept has no version yet.
  if (!resourceVersion) return unpacked(secret);
  const version = `${uid} ${resourceVersion}`;
  const known = kept.get(version);
  if (known !== undefined) return known;
  const record = unpacked(secret);
  kept.set(version, record);
  const [oldest = ""] = kept.keys();
  if (kept.size > keptMax) kept.delete(oldest);
  return record;
}

export const newRecord = (workload: Workload, pins: ComponentRecord["pins"] = {}): ComponentRecord => ({
  version: 1,
  workload,
  pins,
  settled: null,
  rejected: null,
  steps: freshTimeline(),
  images: {},
  made: [],
  removing: false,
});

/** What applying a newer workload makes of the record. `isSame`: its instances are made like those that served last. */
export const applied = (record: ComponentRecord, workload: Workload, isSame: boolean): ComponentRecord => ({
  ...record,
  workload,
  settled: isSame ? workload : record.settled,
  rejected: null,
  steps: freshTimeline(),
});
