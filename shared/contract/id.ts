import * as z from "zod";

const id = <P extends string, B extends string>(prefix: P, name: B) =>
  z
    .templateLiteral([`${prefix}_`, z.string().regex(/^[0-9a-z]{16}$/)])
    .brand<B>()
    .meta({ id: name, description: `${prefix}_ and 16 characters of 0-9 a-z` });

export const TenantId = id("tnt", "TenantId");
export type TenantId = z.infer<typeof TenantId>;
export const UserId = id("usr", "UserId");
export type UserId = z.infer<typeof UserId>;
export const InvitationId = id("inv", "InvitationId");
export type InvitationId = z.infer<typeof InvitationId>;
export const KeyId = id("key", "KeyId");
export type KeyId = z.infer<typeof KeyId>;
export const ApplicationId = id("app", "ApplicationId");
export type ApplicationId = z.infer<typeof ApplicationId>;
export const ComponentId = id("cmp", "ComponentId");
export type ComponentId = z.infer<typeof ComponentId>;
export const ReleaseId = id("rel", "ReleaseId");
export type ReleaseId = z.infer<typeof ReleaseId>;
export const OperationId = id("op", "OperationId");
export type OperationId = z.infer<typeof OperationId>;
export const BuildId = id("bld", "BuildId");
export type BuildId = z.infer<typeof BuildId>;
export const CheckId = id("chk", "CheckId");
export type CheckId = z.infer<typeof CheckId>;
export const UploadId = id("upl", "UploadId");
export type UploadId = z.infer<typeof UploadId>;
export const DataCenterId = id("dc", "DataCenterId");
export type DataCenterId = z.infer<typeof DataCenterId>;
export const AgentId = id("agt", "AgentId");
export type AgentId = z.infer<typeof AgentId>;
export const AuditEntryId = id("aud", "AuditEntryId");
export type AuditEntryId = z.infer<typeof AuditEntryId>;

/** RFC 3339 in UTC, milliseconds. */
export const Time = z.iso.datetime().meta({ id: "Time" });
/** What varies in a sentence of the platform. With its `code`, a client can say the same in another language. */
export const Params = z.record(z.string(), z.union([z.string(), z.number()])).meta({ id: "Params" });
export type Params = z.infer<typeof Params>;

/** RFC 1123 label: it becomes part of a host name. */
export const Name = z
  .string()
  .regex(
    /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/,
    "use 1 to 40 small letters, digits and dashes, beginning with a letter and not ending with a dash",
  )
  .meta({ id: "Name" });
export const Digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, "a digest is sha256: and 64 hexadecimal digits")
  .meta({ id: "Digest" });
/** An opaque page token as a query parameter. */
export const PageQuery = z.object({
  page: z.string().max(2_000).optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
});
export const pageOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().optional() });
