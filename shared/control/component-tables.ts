import * as z from "zod";
import { LogLine, Observation, Workload } from "../contract/agent.ts";
import { Advice, Application, Attachment, Component, Configuration } from "../contract/component.ts";
import { DataCenter, NodeTask, ReportedNode } from "../contract/data-center.ts";
import {
  AgentId,
  ApplicationId,
  BuildId,
  CheckId,
  ComponentId,
  DataCenterId,
  Digest,
  OperationId,
  ReleaseId,
  TenantId,
  Time,
  UploadId,
} from "../contract/id.ts";
import { Operation } from "../contract/operation.ts";
import { Build, Release } from "../contract/release.ts";
import { Check, Proposal } from "../contract/source.ts";
import type { Key } from "../ports/table.ts";
import { entity } from "./entity.ts";

/*
 * Every key of applications, components and data centers on one screen; it doubles as the list of access patterns.
 *
 * pk                          sk                              index pk / sk                       read by
 * tenant#T                    application#A                   —                                   team's applications
 * tenant#T                    application-name#<name>         —                                   one application per name
 * tenant#T                    component#C                     tenant#T#application#A / C          team's, an application's components
 * tenant#T                    component-name#A#<name>         —                                   one component per name and application
 * tenant#T                    status#C                        —                                   what was observed, beside component#C
 * tenant#T                    operation#O                     tenant#T#operation#C or DC / O      team's, a component's, a data center's operations
 * tenant#T                    build#B                         tenant#T#build#C / B                a component's builds
 * tenant#T                    build-slots                     —                                   whose builds run and wait
 * builders                    builders                        —                                   the platform's builders, and who waits for one
 * tenant#T                    log-volume#<day>                —                                   what a team's builds logged in a day
 * tenant#T                    check#K                         —                                   check
 * tenant#T                    upload#U                        —                                   upload
 * tenant#T                    blob#<digest>                   blobs / T#<digest>                  a team's blobs, teams that have any
 * tenant#T                    watch#<kind>#X                  watch#<kind> / <due>#X              sweeps: what must end some time
 * tenant#T#component#C        release#<number, 8 digits>      tenant#T#release / R                a component's releases, one by id
 * tenant#T#component#C        variables                       —                                   a component's variables, sealed
 * tenant#T#build#B            log#<first line, 10 digits>     —                                   a build's log, from any line
 * host#<label>                host                            —                                   one component per host label, platform-wide
 * data-center#DC              data-center                     data-centers#T or #platform / DC    data centers a team may use
 * data-center#DC              nodes                           —                                   a data center's nodes
 * data-center#DC              counter                         —                                   the newest sequence of its desired state
 * data-center#DC              desired#C                       data-center#DC#desired / sequence   desired state after a cursor
 * tenant#T                    data-center-name#<name>         —                                   one of a team's data centers per name
 * join-token#<hash>           join-token                      —                                   registration
 */
const tenantOf = (tenant: string) => `tenant#${tenant}`;
const componentOf = (c: { tenant: string; component: string }) => `${tenantOf(c.tenant)}#component#${c.component}`;
const dataCenterOf = (dataCenter: string) => `data-center#${dataCenter}`;
const padded = (number: number, digits: number) => String(number).padStart(digits, "0");

/** A record's key by what a request or another record knows of it. */
export const keyOf = {
  application: (tenant: string, id: string): Key => ({ pk: tenantOf(tenant), sk: `application#${id}` }),
  component: (tenant: string, id: string): Key => ({ pk: tenantOf(tenant), sk: `component#${id}` }),
  status: (tenant: string, component: string): Key => ({ pk: tenantOf(tenant), sk: `status#${component}` }),
  operation: (tenant: string, id: string): Key => ({ pk: tenantOf(tenant), sk: `operation#${id}` }),
  build: (tenant: string, id: string): Key => ({ pk: tenantOf(tenant), sk: `build#${id}` }),
  buildSlots: (tenant: string): Key => ({ pk: tenantOf(tenant), sk: "build-slots" }),
  logVolume: (tenant: string, day: string): Key => ({ pk: tenantOf(tenant), sk: `log-volume#${day}` }),
  builders: { pk: "builders", sk: "builders" },
  check: (tenant: string, id: string): Key => ({ pk: tenantOf(tenant), sk: `check#${id}` }),
  upload: (tenant: string, id: string): Key => ({ pk: tenantOf(tenant), sk: `upload#${id}` }),
  announcedBlob: (tenant: string, digest: string): Key => ({ pk: tenantOf(tenant), sk: `blob#${digest}` }),
  watch: (tenant: string, kind: string, id: string): Key => ({ pk: tenantOf(tenant), sk: `watch#${kind}#${id}` }),
  release: (tenant: string, component: string, number: number): Key => ({
    pk: componentOf({ tenant, component }),
    sk: `release#${padded(number, 8)}`,
  }),
  variables: (tenant: string, component: string): Key => ({ pk: componentOf({ tenant, component }), sk: "variables" }),
  host: (label: string): Key => ({ pk: `host#${label}`, sk: "host" }),
  dataCenter: (id: string): Key => ({ pk: dataCenterOf(id), sk: "data-center" }),
  dataCenterNodes: (id: string): Key => ({ pk: dataCenterOf(id), sk: "nodes" }),
  counter: (dataCenter: string): Key => ({ pk: dataCenterOf(dataCenter), sk: "counter" }),
  desired: (dataCenter: string, component: string): Key => ({ pk: dataCenterOf(dataCenter), sk: `desired#${component}` }),
  joinToken: (hash: string): Key => ({ pk: `join-token#${hash}`, sk: "join-token" }),
};

export const applications = entity("application", Application, (a) => ({
  key: keyOf.application(a.tenant, a.id),
}));
export const applicationNames = entity(
  "application-name",
  z.object({ tenant: TenantId, name: z.string(), application: ApplicationId, generation: z.int() }),
  (n) => ({ key: { pk: tenantOf(n.tenant), sk: `application-name#${n.name}` } }),
);

const ReleaseMark = z.object({ id: ReleaseId, number: z.int() });
export const ComponentRecord = Component.pick({
  id: true,
  tenant: true,
  application: true,
  name: true,
  dataCenter: true,
  source: true,
  language: true,
  configuration: true,
  wanted: true,
  release: true,
  build: true,
  undeployed: true,
  removing: true,
  moving: true,
  createdAt: true,
}).extend({
  /** `origin`: whom it is for; null: for that of the source, as it was kept by a version that knew no better, or with a source that takes none. */
  credential: z
    .object({ kind: z.enum(["token", "ssh-key"]), sealed: z.string(), origin: z.string().nullable().default(null) })
    .nullable(),
  /** Reserved for life; see domain/component.ts. */
  host: z.string(),
  restart: z.int(),
  nextRelease: z.int(),
  /** Instances wanted of the current release. */
  replicas: z.int(),
  /** What else the current release takes; null: there is none, or a version released it that did not note it. */
  releasedSize: Configuration.pick({ replicas: true, resources: true, volumes: true, scaling: true, kind: true })
    .extend({ attachments: z.array(Attachment.pick({ kind: true, resources: true })).default([]) })
    .nullable()
    .default(null),
  /** The newest release that became healthy, and how many instances it had: what a failed one falls back to. */
  deployed: ReleaseMark.extend({ replicas: z.int() }).nullable(),
  /** The newest operation, finished or not. */
  newest: Operation.pick({ id: true, kind: true, state: true, failure: true }).nullable(),
  /** Ports are taken from what the build finds, as the user named none. */
  infersPorts: z.boolean(),
  /** Grows with everything a person (or the platform for them) changes: the `generation` that the API answers. */
  revision: z.int(),
  /** The revision of its newest desired state; 0 before the first. */
  desired: z.int(),
  generation: z.int(),
});
export type ComponentRecord = z.infer<typeof ComponentRecord>;
export const components = entity("component", ComponentRecord, (c) => ({
  key: keyOf.component(c.tenant, c.id),
  index: { pk: `${tenantOf(c.tenant)}#application#${c.application}`, sk: c.id },
}));
export const componentNames = entity(
  "component-name",
  z.object({ tenant: TenantId, application: ApplicationId, name: z.string(), component: ComponentId, generation: z.int() }),
  (n) => ({ key: { pk: tenantOf(n.tenant), sk: `component-name#${n.application}#${n.name}` } }),
);
export const hosts = entity(
  "host",
  z.object({ label: z.string(), tenant: TenantId, component: ComponentId, generation: z.int() }),
  (h) => ({ key: keyOf.host(h.label) }),
);
/** Apart from the component, so that reports never contend with edits. */
const StatusRow = z.object({
  tenant: TenantId,
  component: ComponentId,
  agent: z.string(),
  observation: Observation,
  generation: z.int(),
});
export type StatusRow = z.infer<typeof StatusRow>;
export const statuses = entity("status", StatusRow, (s) => ({
  key: keyOf.status(s.tenant, s.component),
}));
/** `sealed`: JSON of OpenVariable[] (domain/release.ts), sealed for the tenant as one. */
export const variableRows = entity(
  "variables",
  z.object({ tenant: TenantId, component: ComponentId, sealed: z.string(), generation: z.int() }),
  (v) => ({ key: keyOf.variables(v.tenant, v.component) }),
);

export const operationRows = entity("operation", Operation, (o) => ({
  key: keyOf.operation(o.tenant, o.id),
  index: { pk: `${tenantOf(o.tenant)}#operation#${o.component ?? o.dataCenter}`, sk: o.id },
}));
export const ReleaseRecord = Release.omit({ variables: true }).extend({ sealed: z.string() });
export type ReleaseRecord = z.infer<typeof ReleaseRecord>;
export const releases = entity("release", ReleaseRecord, (r) => ({
  key: keyOf.release(r.tenant, r.component, r.number),
  index: { pk: `${tenantOf(r.tenant)}#release`, sk: r.id },
}));

/** As of the last report that told more than lines (build-log.ts knows the rest). `lines`: how many its log has. `base`: how many it had when the running attempt began; a builder counts from 1. */
const Reported = z.object({
  reportSequence: z.int(),
  handle: z.string().nullable(),
  /** Names one life of a builder: what another one says is told apart by it. */
  attempt: z.int(),
  lines: z.int(),
  base: z.int(),
  /** Bytes of its log that its team's day does not count yet. */
  uncounted: z.int().default(0),
});
export const BuildRecord = Build.omit({ turn: true }).extend({
  /** traceparent of what asked for it. */
  trace: z.string().optional(),
  ...Reported.shape,
  /** Of its attempts, those that ended because the platform was stopped. */
  stops: z.int().default(0),
  credential: ComponentRecord.shape.credential,
  forced: Component.shape.language,
  proposal: Proposal.nullable(),
});
export type BuildRecord = z.infer<typeof BuildRecord>;
export const builds = entity("build", BuildRecord, (b) => ({
  key: keyOf.build(b.tenant, b.id),
  index: { pk: `${tenantOf(b.tenant)}#build#${b.component}`, sk: b.id },
}));
const BuildLog = z.object({
  tenant: TenantId,
  build: z.union([BuildId, CheckId]),
  first: z.int(),
  lines: z.array(LogLine),
  /** By the report that brought it: a report of lines alone writes nothing else. */
  told: Reported.pick({ reportSequence: true, attempt: true, base: true, uncounted: true }).optional(),
  generation: z.int(),
});
export type BuildLog = z.infer<typeof BuildLog>;
export const buildLogs = entity("build-log", BuildLog, (l) => ({
  key: { pk: logPartition(l.tenant, l.build), sk: `log#${padded(l.first, 10)}` },
}));
export const logPartition = (tenant: string, build: string): string => `${tenantOf(tenant)}#build#${build}`;
export const logKeyBefore = (line: number): string => `log#${padded(line, 10)}`;
export const buildSlots = entity(
  "build-slots",
  z.object({ tenant: TenantId, running: z.array(BuildId), waiting: z.array(BuildId), generation: z.int() }),
  (s) => ({ key: keyOf.buildSlots(s.tenant) }),
);
/** Of a day of UTC, e.g. `2026-01-31`. */
export const logVolumes = entity(
  "log-volume",
  z.object({ tenant: TenantId, day: z.string(), bytes: z.int(), generation: z.int() }),
  (v) => ({ key: keyOf.logVolume(v.tenant, v.day), expiresAt: new Date(Date.parse(v.day) + 7 * 24 * 3_600_000) }),
);
const Asking = z.object({ tenant: TenantId, build: BuildId });
/** One row, written whenever a build starts or ends; there is none where builders are as many as are asked for. */
const BuilderRow = z.object({ atOnce: z.int(), running: z.array(Asking), waiting: z.array(Asking), generation: z.int() });
export type BuilderRow = z.infer<typeof BuilderRow>;
export const builderRows = entity("builders", BuilderRow, () => ({ key: keyOf.builders }));
export const CheckRecord = Check.extend({
  dataCenter: Check.shape.dataCenter.default(null),
  ...Reported.shape,
  credential: ComponentRecord.shape.credential,
  forced: Component.shape.language,
});
export type CheckRecord = z.infer<typeof CheckRecord>;
/** A check is looked at once; it goes after a day. */
export const checks = entity("check", CheckRecord, (c) => ({
  key: keyOf.check(c.tenant, c.id),
  expiresAt: new Date(Date.parse(c.createdAt) + 24 * 3_600_000),
}));
export const uploads = entity(
  "upload",
  z.object({
    id: UploadId,
    tenant: TenantId,
    fileName: z.string(),
    sizeBytes: z.int(),
    digest: Digest,
    /** Its content has arrived. */
    isComplete: z.boolean(),
    createdAt: Time,
    /** When something last began to use it. */
    usedAt: Time,
    generation: z.int(),
  }),
  (u) => ({ key: keyOf.upload(u.tenant, u.id) }),
);
/** `goingSince`: nothing needs it, and it is being removed. `sizeBytes`: 0 where a version announced it that did not note it. */
export const announcedBlobs = entity(
  "blob",
  z.object({
    tenant: TenantId,
    digest: Digest,
    sizeBytes: z.int().default(0),
    announcedAt: Time,
    goingSince: Time.nullable(),
    generation: z.int(),
  }),
  (b) => ({ key: keyOf.announcedBlob(b.tenant, b.digest), index: { pk: "blobs", sk: `${b.tenant}#${b.digest}` } }),
);
/** What must end some time; a sweep looks at it after `dueAt`. */
const Watch = z.object({
  kind: z.enum(["operation", "build", "check"]),
  tenant: TenantId,
  id: z.union([OperationId, BuildId, CheckId]),
  dueAt: Time,
  generation: z.int(),
});
export type Watch = z.infer<typeof Watch>;
export const watches = entity("watch", Watch, (w) => ({
  key: keyOf.watch(w.tenant, w.kind, w.id),
  index: { pk: `watch#${w.kind}`, sk: `${w.dueAt}#${w.id}` },
}));

/** A builder that runs in a data center, or how one ended that nobody has looked after yet. */
const BuilderTask = z.object({
  id: z.union([BuildId, CheckId]),
  attempt: z.int(),
  state: z.enum(["running", "ended", "lost"]),
  failure: Advice.optional(),
  /** Why it has not begun yet. */
  waiting: z.array(Advice).optional(),
});
/** `connection`: of its agent, while that stands. `joinToken`: the newest one that nobody has used. Defaults are for what was kept by a version that knew less. */
export const DataCenterRecord = DataCenter.omit({
  state: true,
  joinTokenExpiresAt: true,
  agentUpdate: true,
  agentUpdateAskedAt: true,
}).extend({
  connection: z.string().nullable(),
  /** So long the connection vouches for the agent, as its end is told of; without one, only what is heard counts. */
  connectedUntil: Time.nullable().default(null),
  reportedAt: DataCenter.shape.reportedAt.default(null),
  cordoned: z.boolean().default(false),
  joinToken: z.object({ hash: z.string(), expiresAt: Time }).nullable().default(null),
  preflight: DataCenter.shape.preflight.default(null),
  refusal: DataCenter.shape.refusal.default(null),
  revokedAt: Time.nullable().default(null),
  /** The operation that ends it. */
  leaving: OperationId.nullable().default(null),
  /** With `leaving`: what runs there stays. */
  keeps: z.boolean().default(false),
  /** While it is drained: where to, and by which operation. */
  drain: z.object({ to: DataCenterId, leaveData: z.boolean(), operation: OperationId }).nullable().default(null),
  /** Builders that run there, of builds. */
  buildTasks: z.array(BuilderTask).default([]),
  /** The same of checks, apart as a version before them could not read the others with them. */
  checkTasks: z.array(BuilderTask).default([]),
  /** What its agents are asked to do with nodes and have not done yet. */
  nodeTasks: z.array(NodeTask).default([]),
  /** The version that somebody wants its agents to be at once. */
  updateAsked: z.object({ version: z.string(), askedAt: Time }).nullable().default(null),
});
export type DataCenterRecord = z.infer<typeof DataCenterRecord>;
export const dataCenters = entity("data-center", DataCenterRecord, (d) => ({
  key: keyOf.dataCenter(d.id),
  index: { pk: dataCentersOf(d.tenant), sk: d.id },
}));
/** Apart from the data center, which is read with every change of a component. */
export const dataCenterNodes = entity(
  "data-center-nodes",
  z.object({ dataCenter: DataCenterId, agent: AgentId, at: Time, nodes: z.array(ReportedNode), generation: z.int() }),
  (n) => ({ key: keyOf.dataCenterNodes(n.dataCenter) }),
);
export const dataCenterNames = entity(
  "data-center-name",
  z.object({ tenant: TenantId, name: z.string(), dataCenter: DataCenterId, generation: z.int() }),
  (n) => ({ key: { pk: tenantOf(n.tenant), sk: `data-center-name#${n.name}` } }),
);
export const dataCentersOf = (tenant: string | null): string => `data-centers#${tenant ?? "platform"}`;
export const counters = entity(
  "counter",
  z.object({ dataCenter: DataCenterId, sequence: z.int(), generation: z.int() }),
  (c) => ({
    key: keyOf.counter(c.dataCenter),
  }),
);
/** So long after its time a token's fate can still be told. */
const tokenToldMs = 7 * 24 * 3_600_000;
/** Good once, until it expires; for the agent that used it, again with the same key. `replaced`: a newer one was asked for. */
export const JoinToken = z.object({
  dataCenter: DataCenterId,
  hash: z.string(),
  expiresAt: Time,
  usedBy: AgentId.nullable(),
  replaced: z.boolean().default(false),
  generation: z.int(),
});
export type JoinToken = z.infer<typeof JoinToken>;
export const joinTokens = entity("join-token", JoinToken, (t) => ({
  key: keyOf.joinToken(t.hash),
  expiresAt: new Date(Date.parse(t.expiresAt) + tokenToldMs),
}));
/** Secrets stay sealed here; they are opened when the data center's agent asks. `workload: null` is a tombstone. `generation` is that of desired state. */
export const DesiredRow = z.object({
  /** traceparent of what asked for it. */
  trace: z.string().optional(),
  dataCenter: DataCenterId,
  tenant: TenantId,
  component: ComponentId,
  sequence: z.int(),
  workload: Workload.omit({ variables: true }).nullable(),
  sealed: z.string(),
  generation: z.int(),
});
export type DesiredRow = z.infer<typeof DesiredRow>;
export const desiredRows = entity("desired", DesiredRow, (d) => ({
  key: keyOf.desired(d.dataCenter, d.component),
  index: { pk: `${dataCenterOf(d.dataCenter)}#desired`, sk: padded(d.sequence, 12) },
}));
export const desiredAfter = (dataCenter: string, sequence: number) => ({
  pk: `${dataCenterOf(dataCenter)}#desired`,
  byIndex: true as const,
  after: padded(sequence, 12),
});
