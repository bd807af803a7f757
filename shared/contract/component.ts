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

/** All that decides how a component runs, except its artifact. A release keeps a copy of it. */
export const Configuration = z
  .object({
    /** null: the one the build found. Run without a shell unless it needs one (see domain/build). */
    command: z.string().min(1).max(4_000).nullable(),
    ports: z.array(Port).max(20),
    health: HealthCheck,
    replicas: z.int().min(0).max(50),
    resources: Resources,
    dependencies: z.array(Dependency).max(50),
    /** How long an instance may finish its work after it was asked to stop. */
    graceSeconds: z.int().min(0).max(600),
  })
  .meta({ id: "Configuration" });
export type Configuration = z.infer<typeof Configuration>;

/** In the words a person sees. The table of how each arises is domain/status.ts. */
export const ComponentStatus = z
  .enum(["empty", "building", "starting", "running", "updating", "degraded", "failed", "stopping", "stopped", "unknown"])
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
  configuration: Configuration.partial().optional(),
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
  configuration: Configuration.partial().optional(),
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
        kind: z.enum(["build", "restart", "start", "stop", "remove", "route", "none"]),
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
