import * as z from "zod";
import { Advice, Configuration, Instance, InstanceState } from "./component.ts";
import { Capability, Capacity, DataCenter, NodeTask, Preflight, ReportedNode } from "./data-center.ts";
import {
  AgentId,
  ApplicationId,
  BuildId,
  CheckId,
  ComponentId,
  DataCenterId,
  Digest,
  Name,
  OperationId,
  Params,
  ReleaseId,
  TenantId,
  Time,
} from "./id.ts";
import { TeamLimits } from "./quota.ts";
import { Artifact, Commit, Reason, Step } from "./release.ts";
import { Finding, GitCredential, Language, Proposal, Source } from "./source.ts";

/**
 * What an agent says of itself when it joins. `publicKey` is an Ed25519 JWK; the private half never leaves the agent. Any `version` of
 * the protocol is taken here, so that one the platform does not speak is refused in words.
 */
export const AgentRegistration = z.object({
  version: z.int().min(0),
  token: z.string().min(20).max(200),
  publicKey: z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string().min(40).max(50) }),
  agentVersion: z.string().max(40),
  kind: DataCenter.shape.kind,
  /** The agent's own clock: too far from ours, none of its tokens would be good. */
  time: Time.optional(),
  preflight: z.array(Preflight).max(30).optional(),
});
/** `cloudKey` verifies stream tickets. */
export const AgentRegistered = z.object({
  agent: AgentId,
  dataCenter: DataCenterId,
  cloudKey: z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string() }),
});

/** A binding as the data center must make it: `<alias>_HOST` and `_PORT` reach `component`'s `port`. */
export const WorkloadBinding = z.object({
  component: ComponentId,
  port: z.int(),
  protocol: z.enum(["http", "tcp"]),
  alias: z.string(),
  /** Where it answers, when that is in another data center; absent: in this one. */
  address: z.object({ host: z.string(), port: z.int() }).optional(),
});
export type WorkloadBinding = z.infer<typeof WorkloadBinding>;
/** Everything a data center must know to run one component. Secrets are open here: it only travels over the agent's own session. */
export const Workload = z
  .object({
    version: z.literal(1),
    tenant: TenantId,
    application: ApplicationId,
    applicationName: Name,
    component: ComponentId,
    componentName: Name,
    /** Of desired state; a lower one never replaces a higher one. */
    generation: z.int().min(1),
    release: ReleaseId,
    releaseNumber: z.int(),
    artifact: Artifact,
    /** command resolved: the user's, else the build's. */
    configuration: Configuration.extend({ command: z.string().nullable() }),
    variables: z.record(z.string(), z.string()),
    bindings: z.array(WorkloadBinding),
    /** Host labels of external HTTP ports: `<label>.localhost`. The first is the default for the lowest port. */
    hosts: z.array(z.object({ port: z.int(), label: z.string() })),
    /** A number that grows to ask for a restart without any other change. */
    restart: z.int(),
    wanted: z.enum(["running", "stopped"]),
    /** The team demands that the artifact's provenance is there and right. */
    requiresProvenance: z.boolean().optional(),
    /** Of the team, for all that it runs in the data center. */
    limits: TeamLimits.optional(),
  })
  .meta({ id: "Workload" });
export type Workload = z.infer<typeof Workload>;

/** W3C Trace Context of what asked for something, so that what is done for it elsewhere is seen as part of it. */
const Traceparent = z.string().max(200);

/** `workload: null`: the component is gone, remove what runs and its data. */
export const DesiredChange = z.object({
  tenant: TenantId,
  component: ComponentId,
  generation: z.int(),
  sequence: z.int(),
  workload: Workload.nullable(),
  trace: Traceparent.optional(),
});
export type DesiredChange = z.infer<typeof DesiredChange>;
/** A change that this version does not understand, as a newer platform made it: what is known of it. */
export const UnreadChange = DesiredChange.omit({ workload: true });
export type UnreadChange = z.infer<typeof UnreadChange>;
/** A builder that is to run in the data center. It comes for its order by itself, with its token. */
export const BuildTask = z.object({
  id: z.union([BuildId, CheckId]),
  attempt: z.int(),
  tenant: TenantId,
  cloudUrl: z.string(),
  token: z.string(),
  limits: z.object({ seconds: z.int() }),
});
export type BuildTask = z.infer<typeof BuildTask>;
/** How a builder ended, as the data center saw it; what it built it tells itself. */
export const BuildTaskReport = z.object({
  id: z.union([BuildId, CheckId]),
  attempt: z.int(),
  state: z.enum(["ended", "lost"]),
  /** Why it was ended, where the data center saw it. */
  failure: Advice.optional(),
});
export type BuildTaskReport = z.infer<typeof BuildTaskReport>;
/** Why a builder has not begun yet; an empty list when it has. */
export const BuilderWait = z.object({ id: z.union([BuildId, CheckId]), attempt: z.int(), waiting: z.array(Advice).max(5) });
export type BuilderWait = z.infer<typeof BuilderWait>;
/** Changes after `cursor` in order. `complete`: this is everything there is (asked with cursor 0), what is not in it is not wanted. `more`: ask again from `cursor`. */
export const DesiredPage = z.object({
  version: z.literal(1),
  changes: z.array(DesiredChange),
  cursor: z.int(),
  complete: z.boolean(),
  more: z.boolean(),
  /** Builders that are to run here; absent: as an older platform does not say, they are left alone. */
  buildTasks: z.array(BuildTask).optional(),
  /** The same for checks, apart from builds as agents that know nothing of them would not understand the page. */
  checkTasks: z.array(BuildTask).optional(),
  /** All that is to be done with nodes, whatever the cursor; absent: nothing. */
  nodeTasks: z.array(NodeTask).optional(),
  /** The version that an owner wants the agents to be at once; absent: none was asked for. */
  agentUpdate: z.object({ version: z.string(), askedAt: Time }).optional(),
  /** The digest that was asked with is that of everything there is: nothing of it is sent. */
  same: z.boolean().optional(),
});
export type DesiredPage = z.infer<typeof DesiredPage>;

/** What is true of one component in the data center. */
export const Observation = z
  .object({
    component: ComponentId,
    tenant: TenantId,
    /** The desired generation this is about. */
    generation: z.int(),
    /** Monotonic per component, kept on the agent's disk: an older report never replaces a newer one. */
    sequence: z.int(),
    /** progressing: still on the way. settled: as wanted and healthy. failed: will not get there by itself; what served before still serves. removed: nothing is left. Words of a newer agent, here and of instances, are taken for the most careful one known. */
    phase: z.enum(["progressing", "settled", "failed", "removed"]).catch("progressing"),
    /** The release that takes traffic now; null when none does. */
    serving: ReleaseId.nullable(),
    instances: z.array(Instance.extend({ state: InstanceState.catch("waiting") })),
    steps: z.array(Step),
    /** Facts that the status table turns into advice. */
    signals: z.array(z.object({ code: z.string(), detail: z.record(z.string(), z.union([z.string(), z.number()])) })),
    addresses: z.array(z.object({ port: z.int(), protocol: z.enum(["http", "tcp"]), url: z.string() })),
    at: Time,
  })
  .meta({ id: "Observation" });
export type Observation = z.infer<typeof Observation>;

/** How far an agent is with a node. `left`: instances that are still there. `blocked`: those of them that a disruption budget holds. */
export const NodeTaskReport = z.object({
  operation: OperationId,
  state: z.enum(["running", "succeeded", "failed"]),
  left: z.int().min(0),
  blocked: z.array(z.string().max(253)).max(20),
  /** Why it failed. */
  signal: z.object({ code: z.string().max(60), detail: z.record(z.string(), z.union([z.string(), z.number()])) }).optional(),
});
export type NodeTaskReport = z.infer<typeof NodeTaskReport>;

export const AgentReport = z.object({
  version: z.literal(1),
  /** `repeated`: the platform has taken the very same from this start of the agent; only how much is used may have changed. `trace`: of the change that it tells of. */
  observations: z.array(Observation.extend({ repeated: z.boolean().optional(), trace: Traceparent.optional() })).max(100),
  capacity: Capacity.optional(),
  capabilities: z.array(Capability).optional(),
  streamUrl: z.string().max(500).optional(),
  tools: z.record(z.string(), z.string()).optional(),
  agentVersion: z.string().max(40).optional(),
  preflight: z.array(Preflight).max(30).optional(),
  /** All of them. */
  nodes: z.array(ReportedNode).max(200).optional(),
  nodeTasks: z.array(NodeTaskReport).max(50).optional(),
  buildTasks: z.array(BuildTaskReport).max(50).optional(),
  /** Apart from those that have ended, as a platform that knows nothing of them would not understand the report. */
  builderWaits: z.array(BuilderWait).max(50).optional(),
});

/**
 * Where an agent hears that it should look. socket: at the platform's own `/v1/realtime`. broker: at one of MQTT 3.1.1 over a WebSocket, as
 * this client; the password is its token. One that does not know a kind, or cannot reach the place, goes by the socket.
 */
export const AgentPlace = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("socket") }),
  z.object({
    kind: z.literal("broker"),
    url: z.string(),
    client: z.string(),
    username: z.string(),
    keepAliveSeconds: z.int().min(30).max(1_200),
  }),
]);
export type AgentPlace = z.infer<typeof AgentPlace>;

/** Given to a builder (child process, ECS task, Job) as one JSON document on its standard input. */
export const BuildOrder = z
  .object({
    version: z.literal(1),
    /** check: clone and detect only. */
    mode: z.enum(["build", "check"]),
    id: z.union([BuildId, CheckId]),
    /** Grows when it begins once more; the same one given out twice is one builder's. */
    attempt: z.int(),
    tenant: TenantId,
    component: ComponentId.nullable(),
    source: Source,
    credential: GitCredential.nullable(),
    /** How the builder reads an upload or a pushed repository. */
    sourceUrl: z.string().nullable(),
    language: Language.nullable(),
    /** Plain variables of the component, and its secrets, that a build may use. */
    variables: z.record(z.string(), z.string()),
    /** Names of those that are no secrets: an image's history may show them. None when absent. */
    plain: z.array(z.string()).optional(),
    /** Base URL of the API and the token that is good for this build alone. */
    cloudUrl: z.string(),
    token: z.string(),
    trace: z.string().max(200).optional(),
    limits: z.object({ seconds: z.int(), logBytes: z.int(), sourceBytes: z.int(), slugBytes: z.int() }),
    /** Hosts of private networks that a source may be fetched from: `loopback`, CIDRs, host names. */
    privateHostsAllowed: z.array(z.string()),
  })
  .meta({ id: "BuildOrder" });
export type BuildOrder = z.infer<typeof BuildOrder>;

export const LogLine = z
  .object({
    sequence: z.int().min(1),
    at: Time,
    stream: z.enum(["out", "err", "platform"]),
    instance: z.string().nullable(),
    text: z.string(),
    /** The line was too long, or paused in the middle: it goes on in the next one of the same stream. */
    continues: z.boolean().optional(),
    /** Of the platform's own lines: stable word for what the text says, and its facts. */
    code: z.string().optional(),
    params: Params.optional(),
  })
  .meta({ id: "LogLine" });
export type LogLine = z.infer<typeof LogLine>;

/**
 * A builder tells how it goes. `sequence` counts reports from 1; a repeated one changes nothing, so every report may be sent again.
 * `result` ends it.
 */
export const BuildReport = z
  .object({
    version: z.literal(1),
    sequence: z.int().min(1),
    steps: z.array(Step).optional(),
    lines: z.array(LogLine).max(1_000).optional(),
    commit: Commit.optional(),
    language: Language.optional(),
    findings: z.array(Finding).optional(),
    proposal: Proposal.optional(),
    cache: z.string().optional(),
    cacheMisses: z.array(Reason).max(1_000).optional(),
    result: z
      .discriminatedUnion("state", [
        z.object({ state: z.literal("succeeded"), artifact: Artifact.optional() }),
        z.object({
          state: z.literal("failed"),
          code: z.string(),
          message: z.string(),
          next: z.string(),
          params: Params.optional(),
          logLine: z.int().nullable(),
        }),
      ])
      .optional(),
  })
  .meta({ id: "BuildReport" });
export type BuildReport = z.infer<typeof BuildReport>;

export const BlobUrlRequest = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("get"), tenant: TenantId, digest: Digest }),
  z.object({ kind: z.literal("put"), maxBytes: z.int().min(1) }),
]);

/** Of the platform's registry, which takes it and nobody else is to be sent it. */
const RegistryCredential = z.object({ username: z.string(), password: z.string(), issuedAt: Time, expiresAt: Time });

/** An agent asks about the image that a release is to run. `tag` is made of all that decides its content. */
export const ImageRequest = z.object({
  tenant: TenantId,
  component: ComponentId,
  tag: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,127}$/),
});
export type ImageRequest = z.infer<typeof ImageRequest>;
/** Where it is in the platform's registry, or is to be put. */
export const ImagePlace = z.object({
  url: z.string(),
  /** What nodes call that registry. */
  pullFrom: z.string(),
  /** Whole, as the registry knows it. */
  repository: z.string(),
  /** null: it is not there yet, and `credential` is for putting it there. */
  digest: Digest.nullable(),
  credential: RegistryCredential.nullable(),
});
export type ImagePlace = z.infer<typeof ImagePlace>;

/** What nodes pull a team's images with. */
export const PullCredential = RegistryCredential.extend({ pullFrom: z.string() });
export type PullCredential = z.infer<typeof PullCredential>;
