import * as z from "zod";
import { ApplicationId, AuditEntryId, BuildId, CheckId, ComponentId, DataCenterId, OperationId, TenantId } from "./id.ts";
import { SpokenLanguage } from "./identity.ts";

/** Messages asking for work, sent through the queues that serverless.yml names. Consumers are idempotent: the same command twice does the work once. */
export const Command = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("startBuild"), version: z.literal(1), tenant: TenantId, build: BuildId }),
  z.object({ kind: z.literal("startCheck"), version: z.literal(1), tenant: TenantId, check: CheckId }),
  z.object({ kind: z.literal("cancelBuild"), version: z.literal(1), tenant: TenantId, build: BuildId }),
  /** Wake the agents of a data center: its desired state moved; null: its tasks changed. */
  z.object({
    kind: z.literal("wakeDataCenter"),
    version: z.literal(1),
    tenant: TenantId,
    dataCenter: DataCenterId,
    cursor: z.int().nullable(),
  }),
  /** Ask the agents of a data center how much is used: somebody looks. */
  z.object({ kind: z.literal("watchDataCenter"), version: z.literal(1), tenant: TenantId, dataCenter: DataCenterId }),
  /** Tell browsers that subscribed to the topics. */
  z.object({
    kind: z.literal("publish"),
    version: z.literal(1),
    tenant: TenantId,
    resource: z.enum([
      "component",
      "operation",
      "build",
      "check",
      "application",
      "team",
      "member",
      "invitation",
      "key",
      "data-center",
    ]),
    resourceId: z.string(),
    /** Of what is gone: what it was in, which decides who may still hear of it. */
    application: ApplicationId.optional(),
  }),
  /** A component reaches others at their addresses: look whether those are still the ones it was told. */
  z.object({ kind: z.literal("rebindComponent"), version: z.literal(1), tenant: TenantId, component: ComponentId }),
  /** A component is at other addresses: have each that depends on it look. */
  z.object({ kind: z.literal("rebindDependents"), version: z.literal(1), tenant: TenantId, component: ComponentId }),
  /** A component serves from its new data center: remove it from the old one once nobody needs it there. */
  z.object({ kind: z.literal("leaveOldPlace"), version: z.literal(1), tenant: TenantId, component: ComponentId }),
  /** Go on with an operation of a data center. */
  z.object({ kind: z.literal("advanceOperation"), version: z.literal(1), tenant: TenantId, operation: OperationId }),
  /** Go on with the removal of an application. */
  z.object({ kind: z.literal("removeApplication"), version: z.literal(1), tenant: TenantId, application: ApplicationId }),
  /** Remove what a removed component left: releases, builds, logs, blobs, repository. */
  z.object({ kind: z.literal("purgeComponent"), version: z.literal(1), tenant: TenantId, component: ComponentId }),
  /** Tell whoever has this address, if anyone, how to set a new password. */
  z.object({ kind: z.literal("sendPasswordReset"), version: z.literal(1), email: z.string(), language: SpokenLanguage }),
  /** Tell the teams of whoever has this address, if anyone. `entry`: of each team's audit entry. */
  z.object({
    kind: z.literal("noteRefusedSignIn"),
    version: z.literal(1),
    entry: AuditEntryId,
    email: z.string(),
    from: z.object({ address: z.string(), agent: z.string() }),
  }),
]);
export type Command = z.infer<typeof Command>;

/** A command on its way, with the traceparent of what asked for it. */
export type Sent = Command & { readonly trace?: string };
/** What can be told of a message before it is understood. */
export const Seen = z.object({
  kind: z.string(),
  tenant: z.string().optional(),
  operation: z.string().optional(),
  trace: z.string().optional(),
});

/** The queue each command travels through. `builds` is slow and fair between tenants, `notices` is quick, `chores` can wait. */
export const queueNames = ["builds", "notices", "chores"] as const;
export type QueueName = (typeof queueNames)[number];
export const queueOf: Record<Command["kind"], QueueName> = {
  startBuild: "builds",
  startCheck: "builds",
  cancelBuild: "notices",
  wakeDataCenter: "notices",
  watchDataCenter: "notices",
  publish: "notices",
  rebindComponent: "notices",
  rebindDependents: "notices",
  leaveOldPlace: "chores",
  advanceOperation: "chores",
  removeApplication: "chores",
  purgeComponent: "chores",
  sendPasswordReset: "notices",
  noteRefusedSignIn: "chores",
};
