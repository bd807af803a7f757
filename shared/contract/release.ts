import * as z from "zod";
import { Advice, Configuration, Variable } from "./component.ts";
import { BuildId, ComponentId, Digest, OperationId, Params, ReleaseId, TenantId, Time } from "./id.ts";
import { Actor } from "./identity.ts";
import { Finding, Language, Source } from "./source.ts";

/** A DSSE envelope around an in-toto statement: who built it, of what. `payload` and `sig` are base64. */
export const Provenance = z
  .object({
    payloadType: z.string().max(100),
    payload: z.string().max(20_000),
    signatures: z.array(z.object({ keyid: z.string().max(100), sig: z.string().max(200) })).max(5),
  })
  .meta({ id: "Provenance" });
export type Provenance = z.infer<typeof Provenance>;

/** A processor, in Go's words: `amd64`, `arm64`. */
export const Architecture = z.string().regex(/^[a-z0-9]{1,20}$/);

export const Artifact = z
  .discriminatedUnion("kind", [
    z.object({
      kind: z.literal("slug"),
      /** Of the gzipped tar. The tree is under `app/`, what it needs to run beside it. */
      digest: Digest,
      sizeBytes: z.int(),
      language: Language,
      /** Of the machine that built it: nodes of another one cannot run it. Absent: nobody has said. */
      architecture: Architecture.optional(),
      /** The command the build found, and every process of a Procfile. */
      command: z.string().nullable(),
      processes: z.record(z.string(), z.string()),
      /** Variables the build wants set at run time, e.g. NODE_ENV. The user's own win. */
      variables: z.record(z.string(), z.string()),
      /** What built it and is needed to run it, by name with its version. */
      tools: z.record(z.string(), z.string()).optional(),
      /** The release that was the first to run it: what the tags of its attachments' images meant then holds for this one too. Absent: this one is the first. */
      pinnedBy: ReleaseId.optional(),
      /** Of what was built here. */
      provenance: Provenance.optional(),
    }),
    z.object({
      kind: z.literal("image"),
      reference: z.string(),
      /** Of an image built here: its id, the digest of its configuration. */
      digest: Digest.nullable(),
      /** The image itself, when it was built here: a gzipped OCI archive among the tenant's blobs. Without it the reference is pulled. */
      archive: z.object({ digest: Digest, sizeBytes: z.int() }).optional(),
      /** Of an image built here, as for a slug. */
      architecture: Architecture.optional(),
      /** The release that was the first to run it: what its tag and those of its attachments meant then holds for this one too. Absent: this release is the first. */
      pinnedBy: ReleaseId.optional(),
      command: z.string().nullable(),
      variables: z.record(z.string(), z.string()),
      provenance: Provenance.optional(),
    }),
  ])
  .meta({ id: "Artifact" });
export type Artifact = z.infer<typeof Artifact>;

export const Commit = z
  .object({ id: z.string(), message: z.string(), author: z.string(), at: Time.nullable() })
  .meta({ id: "Commit" });
export type Commit = z.infer<typeof Commit>;

export const Release = z
  .object({
    id: ReleaseId,
    tenant: TenantId,
    component: ComponentId,
    number: z.int().min(1),
    artifact: Artifact,
    configuration: Configuration,
    variables: z.array(Variable),
    build: BuildId.nullable(),
    commit: Commit.nullable(),
    /** Why it was made. */
    reason: z.enum(["deploy", "configuration", "rollback"]),
    /** The number of the release whose content this one restores. */
    rollbackOf: z.int().nullable(),
    /** deployed: it became healthy at least once. failed: it never did. */
    outcome: z.enum(["pending", "deployed", "failed"]),
    createdBy: Actor,
    createdAt: Time,
    generation: z.int(),
  })
  .meta({ id: "Release", description: "An immutable artifact with its configuration, numbered within the component." });
export type Release = z.infer<typeof Release>;

export const StepState = z.enum(["waiting", "running", "succeeded", "failed", "skipped"]).meta({ id: "StepState" });
export const Step = z
  .object({
    name: z.string(),
    state: StepState,
    startedAt: Time.nullable(),
    endedAt: Time.nullable(),
    /** Why it failed. */
    message: z.string().nullable(),
    /** Stable word for what `message` says, and its facts. */
    code: z.string().optional(),
    params: Params.optional(),
  })
  .meta({ id: "Step" });
export type Step = z.infer<typeof Step>;

/** Stable word for what `message` says, and its facts. */
export const Reason = z.object({ code: z.string(), message: z.string(), params: Params }).meta({ id: "Reason" });
export type Reason = z.infer<typeof Reason>;

export const Build = z
  .object({
    id: BuildId,
    tenant: TenantId,
    component: ComponentId,
    operation: OperationId,
    source: Source,
    state: z.enum(["queued", "running", "succeeded", "failed", "cancelled"]),
    commit: Commit.nullable(),
    language: Language.nullable(),
    steps: z.array(Step),
    findings: z.array(Finding),
    artifact: Artifact.nullable(),
    /** "hit", or why the dependency cache missed. */
    cache: z.string().nullable(),
    /** The same, reason by reason. */
    cacheMisses: z.array(Reason).default([]),
    failure: Advice.extend({ logLine: z.int().nullable() }).nullable(),
    /** What it waits for: a slot of its team, or a builder of the platform; how many get one before, how many have one, of how many. null: for neither. */
    turn: z
      .object({ for: z.enum(["team", "platform"]), before: z.int(), running: z.int(), atOnce: z.int() })
      .nullable()
      .default(null),
    /** Why its builder has not begun yet, as where no machine has room for it. */
    advice: z.array(Advice).default([]),
    createdAt: Time,
    startedAt: Time.nullable(),
    endedAt: Time.nullable(),
    generation: z.int(),
  })
  .meta({ id: "Build", description: "One attempt to make an artifact of a source." });
export type Build = z.infer<typeof Build>;
