import * as z from "zod";
import { ApplicationId, BuildId, ComponentId, DataCenterId, Name, OperationId, Params, ReleaseId, TenantId, Time } from "./id.ts";
import { GitCredential, Language, Source } from "./source.ts";

export const Application = z
  .object({
    id: ApplicationId,
    tenant: TenantId,
    name: Name,
    description: z.string().max(500),
    createdAt: Time,
    /** Set while it is being removed with all its components. */
    removing: z.boolean(),
    generation: z.int(),
  })
  .meta({ id: "Application", description: "A set of components delivered together." });
export type Application = z.infer<typeof Application>;

export const Port = z
  .object({
    port: z.int().min(1).max(65_535),
    protocol: z.enum(["http", "tcp"]),
    /** Reachable by components of the same team that depend on it. */
    internal: z.boolean(),
    /** Reachable from outside, through the gateway. */
    external: z.boolean(),
  })
  .meta({ id: "Port" });
export type Port = z.infer<typeof Port>;

export const VariableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "a variable's name has letters, digits and _, and does not begin with a digit");
export const VariableValue = z
  .string()
  .max(32_768)
  .refine((v) => !v.includes("\0"), "a value cannot contain NUL");
/** A secret's value is never answered: `value` is null. */
export const Variable = z
  .object({ name: VariableName, kind: z.enum(["plain", "secret"]), value: z.string().nullable(), updatedAt: Time })
  .meta({ id: "Variable" });
export type Variable = z.infer<typeof Variable>;

export const HealthCheck = z
  .object({
    /** http: a GET must answer 200–399. tcp: a connection must open. none: alive is healthy. */
    kind: z.enum(["http", "tcp", "none"]),
    port: z.int().min(1).max(65_535).optional(),
    path: z
      .string()
      .max(500)
      .regex(/^\/[^\s\0]*$/, "a path begins with / and has no spaces")
      .default("/"),
    intervalSeconds: z.int().min(1).max(300).default(5),
    timeoutSeconds: z.int().min(1).max(60).default(3),
    /** How many failures in a row make a running instance unhealthy. */
    failuresMax: z.int().min(1).max(20).default(3),
    /** How long a new instance may take to become healthy. */
    startSeconds: z.int().min(1).max(1_800).default(60),
  })
  .meta({ id: "HealthCheck" });
export type HealthCheck = z.infer<typeof HealthCheck>;

export const Resources = z
  .object({ memoryMib: z.int().min(16).max(65_536), cpuMillis: z.int().min(10).max(64_000) })
  .meta({ id: "Resources", description: "Limits of one instance: MiB of memory, thousandths of a core." });
export type Resources = z.infer<typeof Resources>;

/** `alias` prefixes the injected variables: `<ALIAS>_HOST`, `_PORT`, `_URL`. Two dependencies on one port differ by alias. */
export const Dependency = z
  .object({
    component: ComponentId,
    port: z.int().min(1).max(65_535),
    alias: z.string().regex(/^[A-Z][A-Z0-9_]{0,39}$/, "an alias has capital letters, digits and _"),
  })
  .meta({ id: "Dependency" });
export type Dependency = z.infer<typeof Dependency>;

/** stateless: instances are alike and replaced in any order. stateful: each keeps its name and volumes, replaced in order. daemon: one on every node. job: runs to its end once per release. cron: a job on a schedule. */
export const ComponentKind = z.enum(["stateless", "stateful", "daemon", "job", "cron"]).meta({ id: "ComponentKind" });
export type ComponentKind = z.infer<typeof ComponentKind>;

/** `cron` has five fields (POSIX crontab), read in UTC. `overlap`: what happens when a run is due while the one before goes on. */
export const Schedule = z
  .object({
    cron: z
      .string()
      .max(100)
      .regex(/^\S+ \S+ \S+ \S+ \S+$/, "a schedule has five fields: minute, hour, day of month, month, day of week"),
    overlap: z.enum(["allow", "skip", "replace"]),
  })
  .meta({ id: "Schedule" });
export type Schedule = z.infer<typeof Schedule>;

const AbsolutePath = z
  .string()
  .max(500)
  .regex(/^(\/[^/\0]+)+$/, "a path begins with / and names a file or folder")
  .refine((path) => !path.split("/").includes(".."), "a path cannot lead upwards");

/** exclusive: of one instance (of each, when stateful). shared: of all instances together. memory: gone when the instance ends, counts as the memory of one that runs in a container. */
export const Volume = z
  .object({
    name: z.string().regex(/^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/, "a volume's name has lower-case letters, digits and -, up to 30"),
    kind: z.enum(["exclusive", "shared", "memory"]),
    path: AbsolutePath,
    sizeMib: z.int().min(1).max(16_777_216),
    /** Of the data center; null: its default. */
    storageClass: z.string().min(1).max(253).nullable(),
  })
  .meta({ id: "Volume", description: "Storage of a component." });
export type Volume = z.infer<typeof Volume>;

export const ConfigFile = z
  .object({ path: AbsolutePath, content: z.string().max(262_144), executable: z.boolean() })
  .meta({ id: "ConfigFile", description: "A file the platform writes into every instance. Not for secrets." });
export type ConfigFile = z.infer<typeof ConfigFile>;

/** Between `replicasMin` and `replicasMax`, so that instances use about `cpuPercent` of the CPU they ask for. */
export const ScalingPolicy = z
  .object({ replicasMin: z.int().min(1).max(50), replicasMax: z.int().min(1).max(50), cpuPercent: z.int().min(5).max(100) })
  .meta({ id: "ScalingPolicy" });
export type ScalingPolicy = z.infer<typeof ScalingPolicy>;

/** Which nodes may run it. spread: on as many nodes and zones as possible. */
export const Placement = z
  .object({
    spread: z.boolean(),
    nodeLabels: z.record(z.string().max(317), z.string().max(63)),
    tolerations: z.array(z.object({ key: z.string().max(317), value: z.string().max(63).nullable() })).max(20),
  })
  .meta({ id: "Placement" });
export type Placement = z.infer<typeof Placement>;

/** init: runs to its end before the component starts. sidecar: runs beside it. */
export const Attachment = z
  .object({
    name: z.string().regex(/^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/, "a name has lower-case letters, digits and -, up to 30"),
    kind: z.enum(["init", "sidecar"]),
    image: z.string().min(1).max(500),
    command: z.array(z.string().max(4_000)).max(50).nullable(),
    variables: z.record(VariableName, VariableValue),
    resources: Resources,
  })
  .meta({ id: "Attachment", description: "A further container in every instance." });
export type Attachment = z.infer<typeof Attachment>;

const configurationFields = {
  /** null: the one the build found. Run without a shell unless it needs one (see domain/build). */
  command: z.string().min(1).max(4_000).nullable(),
  ports: z.array(Port).max(20),
  health: HealthCheck,
  replicas: z.int().min(0).max(50),
  resources: Resources,
  dependencies: z.array(Dependency).max(50),
  /** How long an instance may finish its work after it was asked to stop. */
  graceSeconds: z.int().min(0).max(600),
  kind: ComponentKind,
  /** Of kind cron. */
  schedule: Schedule.nullable(),
  /** What is set aside for one instance; null: all of its memory and a quarter of its CPU. */
  requests: Resources.nullable(),
  volumes: z.array(Volume).max(10),
  files: z.array(ConfigFile).max(20),
  scaling: ScalingPolicy.nullable(),
  placement: Placement,
  attachments: z.array(Attachment).max(5),
};
/** Any of its parts, to change these alone: what is left out stays as it is. */
export const ConfigurationChange = z.object(configurationFields).partial();

/** All that decides how a component runs, except its artifact. A release keeps a copy of it. Defaults are for what was kept by a version that knew less. */
export const Configuration = z
  .object({
    ...configurationFields,
    kind: ComponentKind.default("stateless"),
    schedule: configurationFields.schedule.default(null),
    requests: configurationFields.requests.default(null),
    volumes: configurationFields.volumes.default([]),
    files: configurationFields.files.default([]),
    scaling: configurationFields.scaling.default(null),
    placement: Placement.default({ spread: true, nodeLabels: {}, tolerations: [] }),
    attachments: configurationFields.attachments.default([]),
  })
  .meta({ id: "Configuration" });
export type Configuration = z.infer<typeof Configuration>;

/** In the words a person sees. The table of how each arises is domain/status.ts. */
export const ComponentStatus = z
  .enum([
    "empty",
    "building",
    "starting",
    "running",
    /** A job on a schedule, between its runs. */
    "scheduled",
    /** A job that has run to its end. */
    "succeeded",
    "updating",
    "degraded",
    "failed",
    "stopping",
    "stopped",
    "unknown",
  ])
  .meta({ id: "ComponentStatus" });
export type ComponentStatus = z.infer<typeof ComponentStatus>;

export const Advice = z
  .object({ code: z.string(), message: z.string(), next: z.string(), params: Params.optional() })
  .meta({ id: "Advice", description: "Why, and what to do about it." });
export type Advice = z.infer<typeof Advice>;

export const InstanceState = z
  .enum(["starting", "ready", "unhealthy", "draining", "stopping", "exited", "waiting"])
  .meta({ id: "InstanceState" });
export type InstanceState = z.infer<typeof InstanceState>;

export const Instance = z
  .object({
    id: z.string(),
    release: ReleaseId,
    releaseNumber: z.int(),
    state: InstanceState,
    /** Restarts since the release was started. */
    restarts: z.int(),
    startedAt: Time.nullable(),
    lastExit: z
      .object({ code: z.int().nullable(), signal: z.string().nullable(), at: Time, outOfMemory: z.boolean() })
      .nullable(),
    memoryBytes: z.int().nullable(),
    cpuMillis: z.int().nullable(),
    node: z.string(),
  })
  .meta({ id: "Instance", description: "One running copy." });
export type Instance = z.infer<typeof Instance>;

export const Component = z
  .object({
    id: ComponentId,
    tenant: TenantId,
    application: ApplicationId,
    name: Name,
    dataCenter: DataCenterId,
    source: Source,
    /** Kind of the credential kept for the source; the credential itself is never answered. */
    credential: z.enum(["token", "ssh-key"]).nullable(),
    /** Forced by the user; null: what detection finds. */
    language: Language.nullable(),
    configuration: Configuration,
    /** What a person wants: that it runs, or that it is stopped. */
    wanted: z.enum(["running", "stopped"]),
    status: ComponentStatus,
    advice: z.array(Advice),
    instances: z.array(Instance),
    /** Where the first external HTTP port answers, or the first external TCP one. */
    url: z.string().nullable(),
    /** All external addresses, by port. */
    addresses: z.array(z.object({ port: z.int(), protocol: z.enum(["http", "tcp"]), url: z.string() })),
    /** The release it should run; null before the first. */
    release: z.object({ id: ReleaseId, number: z.int() }).nullable(),
    /** The newest unfinished operation. */
    operation: OperationId.nullable(),
    build: BuildId.nullable(),
    /** Configuration or variables differ from what the current release was made of. */
    undeployed: z.boolean(),
    /** While it moves: where it comes from. starting: that one serves · switching: the new one does, and others follow · leaving: the old one goes. */
    moving: z
      .object({ from: DataCenterId, phase: z.enum(["starting", "switching", "leaving"]), since: Time })
      .nullable()
      .default(null),
    /** Set while it is being removed; nothing else can be asked of it then. */
    removing: z.boolean(),
    repositoryUrl: z.string().nullable(),
    createdAt: Time,
    generation: z.int(),
    observedGeneration: z.int(),
    /** Grows with every change of anything above: the sequence of the component's stream. */
    sequence: z.int(),
  })
  .meta({ id: "Component", description: "One separately built, deployed and scaled part of an application." });
export type Component = z.infer<typeof Component>;

export const ComponentCreate = z.object({
  name: Name,
  source: Source,
  credential: GitCredential.optional(),
  language: Language.optional(),
  dataCenter: DataCenterId.optional(),
  configuration: ConfigurationChange.optional(),
  variables: z
    .array(z.object({ name: VariableName, kind: z.enum(["plain", "secret"]), value: VariableValue }))
    .max(500)
    .optional(),
});
export const ComponentUpdate = z.object({
  name: Name.optional(),
  source: Source.optional(),
  credential: GitCredential.nullable().optional(),
  language: Language.nullable().optional(),
  configuration: ConfigurationChange.optional(),
  /** The generation this edit was made on; a conflict when it has moved on. */
  generation: z.int().optional(),
});

export const Change = z
  .object({ path: z.string(), before: z.unknown().optional(), after: z.unknown().optional() })
  .meta({ id: "Change", description: "One difference; a secret's value is never in it." });
export type Change = z.infer<typeof Change>;
export const Plan = z
  .object({
    changes: z.array(Change),
    /** What running things will feel. */
    effects: z.array(
      z.object({
        kind: z.enum(["build", "restart", "start", "stop", "move", "remove", "route", "none"]),
        component: ComponentId,
        code: z.string(),
        params: Params,
        message: z.string(),
      }),
    ),
    warnings: z.array(z.object({ code: z.string(), message: z.string() })),
  })
  .meta({ id: "Plan", description: "What a change would do, before it is done." });
export type Plan = z.infer<typeof Plan>;
