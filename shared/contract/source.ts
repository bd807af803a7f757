import * as z from "zod";
import { CheckId, DataCenterId, Params, TenantId, Time, UploadId } from "./id.ts";

/** How to reach a private repository. Write-only: the API answers with the kind alone. */
export const GitCredential = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("token"), username: z.string().max(200).default("git"), token: z.string().min(1).max(4_000) }),
    z.object({
      kind: z.literal("ssh-key"),
      privateKey: z.string().min(1).max(16_000),
      knownHosts: z.string().max(16_000).optional(),
    }),
  ])
  .meta({ id: "GitCredential" });
export type GitCredential = z.infer<typeof GitCredential>;

/** A folder inside the tree, forward slashes, no `..`. */
const Directory = z
  .string()
  .max(500)
  .regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\0\\]*$/, "a directory is relative to the repository and has no ..");
/** Branch, tag or commit. Never begins with a dash, so that it can't be read as an option. See git-check-ref-format(1). */
const Ref = z
  .string()
  .max(250)
  .regex(/^(?!-)(?!.*\.\.)[^\s\0~^:?*[\\]+$/, "this is not a branch, tag or commit");

export const GitSource = z.object({
  kind: z.literal("git"),
  url: z.string().min(1).max(2_000),
  ref: Ref.optional(),
  directory: Directory.optional(),
});
export const UploadSource = z.object({ kind: z.literal("upload"), upload: UploadId, directory: Directory.optional() });
/** The component's own repository on the platform; `git push` to it deploys. */
export const PushSource = z.object({
  kind: z.literal("push"),
  commit: z
    .string()
    .regex(/^[0-9a-f]{40,64}$/)
    .optional(),
  directory: Directory.optional(),
});
/** An image that already exists. Runs where the data center can run images. */
export const ImageSource = z.object({ kind: z.literal("image"), image: z.string().min(1).max(500) });
export const Source = z.discriminatedUnion("kind", [GitSource, UploadSource, PushSource, ImageSource]).meta({ id: "Source" });
export type Source = z.infer<typeof Source>;

export const Language = z
  .enum(["dockerfile", "node", "static", "python", "go", "java", "php", "ruby", "image"])
  .meta({ id: "Language" });
export type Language = z.infer<typeof Language>;

export const Finding = z
  .object({
    /** blocks: nothing can be built until it is mended. */
    level: z.enum(["info", "warning", "blocks"]),
    /** Stable word for programs, e.g. `repository.unreachable`, `language.none`, `tool.missing`. */
    code: z.string(),
    message: z.string(),
    /** What to do about it, as a sentence. */
    advice: z.string().optional(),
    /** Where, e.g. `Procfile:3`. */
    at: z.string().optional(),
    params: Params.optional(),
  })
  .meta({ id: "Finding" });
export type Finding = z.infer<typeof Finding>;

export const About = z.object({ code: z.string(), params: Params.optional() }).meta({ id: "About" });
export type About = z.infer<typeof About>;

/** What was inferred from the source, for a person to confirm. */
export const Proposal = z
  .object({
    name: z.string(),
    language: Language,
    /** All languages found, the chosen one first. */
    alternatives: z.array(Language),
    /** "Node 24 with npm", for people. */
    summary: z.string(),
    /** The same as a stable word with its facts. */
    about: About.optional(),
    command: z.string().nullable(),
    ports: z.array(z.object({ port: z.int().min(1).max(65_535), protocol: z.enum(["http", "tcp"]) })),
    variables: z.array(
      z.object({ name: z.string(), value: z.string(), required: z.boolean(), description: z.string().optional() }),
    ),
    processes: z.record(z.string(), z.string()),
    commit: z.object({ id: z.string(), message: z.string(), author: z.string(), at: Time.nullable() }).nullable(),
    branches: z.array(z.string()),
    /** The steps the build will take, for people. */
    steps: z.array(z.object({ name: z.string(), command: z.string().optional() })),
  })
  .meta({ id: "Proposal" });
export type Proposal = z.infer<typeof Proposal>;

export const Check = z
  .object({
    id: CheckId,
    tenant: TenantId,
    source: Source,
    /** Whose builders look; null: the platform's. */
    dataCenter: DataCenterId.nullable(),
    state: z.enum(["running", "ready", "blocked"]),
    findings: z.array(Finding),
    proposal: Proposal.nullable(),
    createdAt: Time,
    endedAt: Time.nullable(),
    generation: z.int(),
  })
  .meta({ id: "Check", description: "A look at a source before anything is created." });
export type Check = z.infer<typeof Check>;
