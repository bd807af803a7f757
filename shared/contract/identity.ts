import * as z from "zod";
import { ApplicationId, AuditEntryId, InvitationId, KeyId, TenantId, Time, UserId } from "./id.ts";

export const Email = z
  .email("this is not an e-mail address")
  .max(254)
  .transform((e) => e.toLowerCase())
  .meta({ id: "Email" });
/** NIST SP 800-63B: length is what counts; 12 as we have no second factor yet. */
export const Password = z.string().min(12, "use at least 12 characters").max(200);
export const PersonName = z.string().trim().min(1).max(80);
export const Role = z.enum(["owner", "developer", "viewer"]).meta({ id: "Role" });
export type Role = z.infer<typeof Role>;

/** In which the platform writes to a person. */
export const SpokenLanguage = z.enum(["en", "zh"]);
export type SpokenLanguage = z.infer<typeof SpokenLanguage>;

export const User = z.object({ id: UserId, email: z.string(), name: PersonName, createdAt: Time }).meta({ id: "User" });
export type User = z.infer<typeof User>;

export const Tenant = z
  .object({
    id: TenantId,
    name: z.string().trim().min(1).max(60),
    /** Data centers run only what the platform built for the team, and can show that it did. */
    requiresProvenance: z.boolean().default(false),
    createdAt: Time,
    generation: z.int(),
  })
  .meta({ id: "Tenant", description: "The boundary of isolation, quota and billing. A person calls it a team." });
export type Tenant = z.infer<typeof Tenant>;

export const Member = z
  .object({
    tenant: TenantId,
    user: UserId,
    email: z.string(),
    name: PersonName,
    role: Role,
    joinedAt: Time,
    generation: z.int(),
  })
  .meta({ id: "Member" });
export type Member = z.infer<typeof Member>;

export const Session = z
  .object({
    user: User,
    teams: z.array(Tenant.pick({ id: true, name: true }).extend({ role: Role })),
    /** Send it as header `pluvia-csrf` with every mutating call that authenticates by cookie. */
    csrf: z.string(),
    expiresAt: Time,
    /** The bearer token of a new session, only for requests with header `pluvia-client: cli`; browsers get a cookie that scripts cannot read. */
    token: z.string().optional(),
  })
  .meta({ id: "Session" });
export type Session = z.infer<typeof Session>;

export const Invitation = z
  .object({
    id: InvitationId,
    tenant: TenantId,
    email: z.string(),
    role: Role,
    invitedBy: UserId,
    createdAt: Time,
    expiresAt: Time,
  })
  .meta({ id: "Invitation" });
export type Invitation = z.infer<typeof Invitation>;

export const ApiKey = z
  .object({
    id: KeyId,
    tenant: TenantId,
    name: z.string().trim().min(1).max(60),
    role: Role,
    /** Only these applications; null is every one. */
    applications: z.array(ApplicationId).min(1).max(100).nullable(),
    /** The first characters, so that a person can tell keys apart. */
    hint: z.string(),
    createdBy: UserId,
    createdAt: Time,
    expiresAt: Time.nullable(),
    lastUsedAt: Time.nullable(),
    revokedAt: Time.nullable(),
  })
  .meta({ id: "ApiKey" });
export type ApiKey = z.infer<typeof ApiKey>;

export const Actor = z
  .object({ kind: z.enum(["user", "key", "agent", "build", "system"]), id: z.string(), name: z.string() })
  .meta({ id: "Actor" });
export type Actor = z.infer<typeof Actor>;

export const AuditEntry = z
  .object({
    id: AuditEntryId,
    tenant: TenantId,
    at: Time,
    actor: Actor,
    /** Client address and program, as the request told them. */
    from: z.object({ address: z.string(), agent: z.string() }),
    /** The id of the public operation, e.g. `componentScale`. */
    operation: z.string(),
    /** Id of what was changed. */
    subject: z.string(),
    /** What changed, never a secret's value. */
    changes: z.array(z.object({ path: z.string(), before: z.unknown().optional(), after: z.unknown().optional() })),
  })
  .meta({ id: "AuditEntry" });
export type AuditEntry = z.infer<typeof AuditEntry>;
