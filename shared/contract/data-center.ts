import * as z from "zod";
import { Advice } from "./component.ts";
import { AgentId, ApplicationId, ComponentId, DataCenterId, OperationId, Params, TenantId, Time } from "./id.ts";
import { Quota } from "./quota.ts";

export const Capability = z
  .object({
    /** processes, images, image-builds, isolation, memory-limit, cpu-limit, terminal */
    name: z.string(),
    available: z.boolean(),
    /** Why it is there or not, and what to install for it: shown to people. */
    message: z.string(),
    /** Stable word for what `message` says, and its facts. */
    code: z.string().optional(),
    params: Params.optional(),
  })
  .meta({ id: "Capability" });
export type Capability = z.infer<typeof Capability>;

export const Capacity = z
  .object({
    cpuMillis: z.int(),
    cpuMillisUsed: z.int(),
    memoryBytes: z.int(),
    memoryBytesUsed: z.int(),
    diskBytes: z.int(),
    diskBytesUsed: z.int(),
    instances: z.int(),
  })
  .meta({ id: "Capacity" });
export type Capacity = z.infer<typeof Capacity>;

export const NodeName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
/** Kubernetes' own rules for the names and values of labels and taints. */
const LabelName = z.string().regex(/^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/);
const LabelValue = z.string().regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/);
export const NodeTaint = z.object({
  key: LabelName,
  value: LabelValue.nullable(),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
});
export type NodeTaint = z.infer<typeof NodeTaint>;

/** As a node has it, whoever put it there. */
const FoundTaint = z.object({ key: z.string().max(317), value: z.string().max(63).nullable(), effect: z.string().max(40) });
export type FoundTaint = z.infer<typeof FoundTaint>;

export const NodeEdit = z.object({
  /** null takes it away; those that are not named stay as they are. */
  labels: z.record(LabelName, LabelValue.nullable()).default({}),
  /** All that the node is to have, beside Kubernetes' own; absent: they stay as they are. */
  taints: z.array(NodeTaint).max(50).optional(),
  /** Those that it had when `taints` was made of them: it is refused when somebody has changed them since. Absent: whatever there is by now is replaced. */
  taintsSeen: z.array(FoundTaint).max(100).optional(),
});
/** What may be asked of a node. Drain: cordon it, and have every instance of Pluvia start elsewhere. */
export const NodeChange = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("cordon") }),
  z.object({ kind: z.literal("uncordon") }),
  z.object({ kind: z.literal("drain") }),
  NodeEdit.extend({ kind: z.literal("edit") }),
]);
export type NodeChange = z.infer<typeof NodeChange>;
/** What an agent is to do with a node, until it tells that it is done or the task is no longer asked for. */
export const NodeTask = z.object({ operation: OperationId, node: NodeName, change: NodeChange });
export type NodeTask = z.infer<typeof NodeTask>;

const NodeFacts = z.object({
  name: z.string().max(253),
  /** It takes new instances. */
  ready: z.boolean(),
  cordoned: z.boolean(),
  /** Of what runs instances there: the kubelet, or the agents themselves. */
  version: z.string().max(100),
  createdAt: Time.nullable(),
  cpuMillis: z.int(),
  memoryBytes: z.int(),
  /** 0: nothing is told of it. */
  diskBytes: z.int(),
  /** null: it does not tell. */
  used: z.object({ cpuMillis: z.int(), memoryBytes: z.int(), diskBytes: z.int() }).nullable(),
  /** Instances of Pluvia there, of any team. */
  instances: z.int(),
  /** Pods there that are not: of the cluster itself, its owner, others. null: the agents may not see them. */
  otherPods: z.int().nullable().default(null),
  labels: z.record(z.string().max(317), z.string().max(63)),
  taints: z.array(FoundTaint),
});

/** As an agent reports it: what is wrong as signals. */
export const ReportedNode = NodeFacts.extend({
  signals: z
    .array(z.object({ code: z.string().max(60), detail: z.record(z.string(), z.union([z.string(), z.number()])) }))
    .max(20),
});
export type ReportedNode = z.infer<typeof ReportedNode>;

export const DataCenterNode = NodeFacts.extend({ advice: z.array(Advice) }).meta({
  id: "DataCenterNode",
  description: "One machine of a data center, and what is wrong with it.",
});
export type DataCenterNode = z.infer<typeof DataCenterNode>;

const Measured = z.object({
  instances: z.int(),
  /** null: nothing is measured. */
  cpuMillis: z.int().nullable(),
  memoryBytes: z.int().nullable(),
  /** What its instances may use at most. */
  memoryMibMost: z.int(),
});
export const DataCenterUsage = z
  .object({
    /** When its agents last told how much is used; null: not yet. */
    at: Time.nullable(),
    /** What its nodes offer, and how much is used of it by whoever. */
    capacity: Capacity.nullable(),
    /** Whether instances are measured, by what, and what to do when they are not; null: its agents do not say. */
    measuring: Capability.nullable(),
    /** All that the team has there. `limits`: the team's own, over all data centers. */
    team: Measured.extend({ tenant: TenantId, limits: Quota.pick({ instances: true, memoryMib: true }) }),
    components: z.array(Measured.extend({ component: ComponentId, application: ApplicationId, name: z.string() })),
  })
  .meta({ id: "DataCenterUsage", description: "What a team uses of a data center." });
export type DataCenterUsage = z.infer<typeof DataCenterUsage>;

/**
 * One thing an agent looks at before and after it joins: cloud, dns, proxy, clock, version, rights, storage, metrics, registry. What a newer
 * agent calls otherwise is shown as it is.
 */
export const Preflight = z
  .object({
    name: z.string().min(1).max(40),
    state: z.enum(["waiting", "running", "passed", "warning", "failed"]).catch("warning"),
    /** A stable word for what was found, e.g. `storage.none`; with `params` a client can say it in another language. */
    code: z.string().max(60),
    params: Params,
    /** What was found, and what to do about it (empty when nothing is to do). */
    message: z.string().max(1_000),
    next: z.string().max(1_000),
  })
  .meta({ id: "Preflight" });
export type Preflight = z.infer<typeof Preflight>;

export const DataCenterState = z
  .enum(["joining", "connected", "disconnected", "revoked", "leaving"])
  .meta({ id: "DataCenterState" });
export type DataCenterState = z.infer<typeof DataCenterState>;

export const DataCenter = z
  .object({
    id: DataCenterId,
    /** null: offered by the platform to every team. */
    tenant: TenantId.nullable(),
    name: z.string(),
    kind: z.enum(["embedded", "kubernetes"]),
    state: DataCenterState,
    /** No new applications: components are not created here, nor moved here. What runs goes on. */
    cordoned: z.boolean(),
    /** Until when the newest join token is good; null: there is none, or it was used. */
    joinTokenExpiresAt: Time.nullable(),
    /** What the agent found when it last looked, oldest first; null: nothing was heard yet. */
    preflight: z.object({ at: Time, checks: z.array(Preflight).max(30) }).nullable(),
    /** The newest registration that was turned away, in words; null: none since the last one that was not. */
    refusal: z
      .object({ at: Time, code: z.string(), params: Params, message: z.string(), next: z.string(), address: z.string() })
      .nullable(),
    agent: AgentId.nullable(),
    agentVersion: z.string().nullable(),
    /** A newer version than the agent's, which the platform would like it to have; null: it is new enough. */
    agentUpdate: z.string().nullable(),
    /** When somebody asked that the agents bring themselves to it at once; null: they take their turn, within a day. */
    agentUpdateAskedAt: Time.nullable(),
    capabilities: z.array(Capability),
    capacity: Capacity.nullable(),
    /** Where browsers open streams, e.g. `ws://localhost:7071/-/streams`. */
    streamUrl: z.string().nullable(),
    /** Languages whose tools are here, with versions. */
    tools: z.record(z.string(), z.string()),
    /** While its connection stands it is heard of all the time. */
    lastSeenAt: Time.nullable(),
    /** When it last told how much is used. It tells every minute while somebody looks, else once a day. */
    reportedAt: Time.nullable(),
    createdAt: Time,
    generation: z.int(),
  })
  .meta({ id: "DataCenter", description: "A place where agents run components." });
export type DataCenter = z.infer<typeof DataCenter>;

/** What an operator runs in the cluster. The token is in it: it is answered this once. */
export const JoinInstructions = z
  .object({
    token: z.string(),
    expiresAt: Time,
    /** Serves the manifests with the token inside; whoever has it can join while the token is good. */
    manifestUrl: z.string(),
    commands: z.object({ helm: z.string(), kubectl: z.string() }),
  })
  .meta({ id: "JoinInstructions" });
export type JoinInstructions = z.infer<typeof JoinInstructions>;
