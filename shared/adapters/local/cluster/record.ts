import { createHash } from "node:crypto";
import * as z from "zod";
import { Observation, Workload } from "../../../contract/agent.ts";
import { InstanceState } from "../../../contract/component.ts";
import { Params, ReleaseId } from "../../../contract/id.ts";
import { Step } from "../../../contract/release.ts";

export const Signal = Observation.shape.signals.element;
export type Signal = z.infer<typeof Signal>;

const Millis = z.number();

/** How a process ended. `at` in ms. Both null: it ended while nobody watched. */
export const Exit = z.object({
  code: z.int().nullable(),
  signal: z.string().nullable(),
  at: Millis,
  outOfMemory: z.boolean(),
  lastLines: z.string(),
});
export type Exit = z.infer<typeof Exit>;

/** One instance, as kept on disk. Times are ms since the epoch. */
export const InstanceRecord = z.object({
  version: z.literal(1),
  id: z.string().regex(/^[a-z0-9-]+$/),
  revision: z.string(),
  release: ReleaseId,
  releaseNumber: z.int(),
  state: InstanceState,
  since: Millis,
  createdAt: Millis,
  firstStartedAt: Millis.nullable(),
  /** Of the process that runs now. */
  startedAt: Millis.nullable(),
  /** Since when without a break it is ready. */
  readySince: Millis.nullable(),
  everReady: z.boolean(),
  waitUntil: Millis.nullable(),
  restarts: z.int(),
  quickExits: z.int(),
  /** Ends since it was last healthy for a good while: the exponent of its back-off. */
  streak: z.int(),
  hopeless: z.boolean(),
  drained: z.boolean(),
  killed: z.boolean(),
  /** Leader of its session and process group. `startTime` tells it from a later process with the same number. */
  process: z.object({ pid: z.int(), startTime: z.string() }).nullable(),
  /** The host port handed to it for each declared port; `port` 0 when none is declared. */
  ports: z.array(z.object({ port: z.int(), hostPort: z.int() })),
  /** Where it really answers, once known. */
  endpoints: z.array(z.object({ port: z.int(), host: z.string(), hostPort: z.int() })),
  lastExit: Exit.nullable(),
  /** Why it could not be started at all. */
  failure: Signal.nullable(),
  /** Set when nothing of it is left but its output. */
  endedAt: Millis.nullable(),
});
export type InstanceRecord = z.infer<typeof InstanceRecord>;

/** One component, as kept on disk. Holds open secrets: its file is for its owner alone. */
export const ComponentRecord = z.object({
  version: z.literal(1),
  /** Applied last. */
  workload: Workload,
  /** Served last as wanted: what a release that never gets healthy falls back to. */
  active: Workload.nullable(),
  rejected: z
    .object({ at: Millis, message: z.string(), code: z.string().optional(), params: Params.optional(), signals: z.array(Signal) })
    .nullable(),
  steps: z.array(Step),
});
export type ComponentRecord = z.infer<typeof ComponentRecord>;

/** How large a lasting volume may be makes no other instance. None are nothing, so that a version that knew none tells instances as the same. */
function mountsIn({ configuration: { volumes, files } }: Workload): unknown[] {
  if (volumes.length === 0 && files.length === 0) return [];
  return [volumes.map((v) => [v.name, v.kind, v.path, v.storageClass, v.kind === "memory" ? v.sizeMib : null]), files];
}

/** All that an instance is made of; health rules, grace and the number of replicas change without a new process. */
export function revisionOf(w: Workload): string {
  const { command, ports, resources } = w.configuration;
  const variables = Object.entries(w.variables).sort(([a], [b]) => (a < b ? -1 : 1));
  const made = [w.release, w.restart, w.artifact, command, ports, resources, variables, ...mountsIn(w)];
  return createHash("sha256").update(JSON.stringify(made)).digest("hex").slice(0, 16);
}

export const newInstance = (w: Workload, id: string, now: number): InstanceRecord => ({
  version: 1,
  id,
  revision: revisionOf(w),
  release: w.release,
  releaseNumber: w.releaseNumber,
  state: "starting",
  since: now,
  createdAt: now,
  firstStartedAt: null,
  startedAt: null,
  readySince: null,
  everReady: false,
  waitUntil: null,
  restarts: 0,
  quickExits: 0,
  streak: 0,
  hopeless: false,
  drained: false,
  killed: false,
  process: null,
  ports: [],
  endpoints: [],
  lastExit: null,
  failure: null,
  endedAt: null,
});
