import * as z from "zod";
import { BuildId, CheckId, ComponentId, DataCenterId, TenantId } from "./id.ts";

/** Messages asking for work, sent through the queues that serverless.yml names. Consumers are idempotent: the same command twice does the work once. */
export const Command = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("startBuild"), version: z.literal(1), tenant: TenantId, build: BuildId }),
  z.object({ kind: z.literal("startCheck"), version: z.literal(1), tenant: TenantId, check: CheckId }),
  z.object({ kind: z.literal("cancelBuild"), version: z.literal(1), tenant: TenantId, build: BuildId }),
  /** Wake the agents of a data center: its desired state moved. */
  z.object({
    kind: z.literal("wakeDataCenter"),
    version: z.literal(1),
    tenant: TenantId,
    dataCenter: DataCenterId,
    cursor: z.int(),
  }),
  /** Tell browsers that subscribed to the topics. */
  z.object({
    kind: z.literal("publish"),
    version: z.literal(1),
    tenant: TenantId,
    resource: z.enum(["component", "operation", "build", "check", "application", "member", "key", "data-center"]),
    resourceId: z.string(),
    component: ComponentId.optional(),
  }),
  /** Remove what a removed component left: releases, builds, logs, blobs, repository. */
  z.object({ kind: z.literal("purgeComponent"), version: z.literal(1), tenant: TenantId, component: ComponentId }),
]);
export type Command = z.infer<typeof Command>;

/** The queue each command travels through. `builds` is slow and fair between tenants, `notices` is quick, `chores` can wait. */
export const queueNames = ["builds", "notices", "chores"] as const;
export type QueueName = (typeof queueNames)[number];
export const queueOf: Record<Command["kind"], QueueName> = {
  startBuild: "builds",
  startCheck: "builds",
  cancelBuild: "notices",
  wakeDataCenter: "notices",
  publish: "notices",
  purgeComponent: "chores",
};
