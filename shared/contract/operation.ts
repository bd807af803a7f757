import * as z from "zod";
import { Advice } from "./component.ts";
import { ApplicationId, BuildId, ComponentId, OperationId, ReleaseId, TenantId, Time } from "./id.ts";
import { Actor } from "./identity.ts";
import { Step } from "./release.ts";

export const OperationKind = z
  .enum(["deploy", "configure", "start", "stop", "restart", "scale", "rollback", "remove"])
  .meta({ id: "OperationKind" });
export type OperationKind = z.infer<typeof OperationKind>;
export const OperationState = z
  .enum(["pending", "running", "succeeded", "failed", "superseded", "cancelled"])
  .meta({ id: "OperationState" });
export type OperationState = z.infer<typeof OperationState>;

export const Operation = z
  .object({
    id: OperationId,
    tenant: TenantId,
    application: ApplicationId,
    component: ComponentId,
    kind: OperationKind,
    state: OperationState,
    steps: z.array(Step),
    /** The generation of desired state that fulfils it; null until it is known (a deploy learns it when its build ends). */
    target: z.int().nullable(),
    build: BuildId.nullable(),
    release: ReleaseId.nullable(),
    failure: Advice.nullable(),
    actor: Actor,
    createdAt: Time,
    deadline: Time,
    endedAt: Time.nullable(),
    generation: z.int(),
  })
  .meta({
    id: "Operation",
    description: "A long-running thing someone asked for. It ends in exactly one of succeeded, failed, superseded, cancelled.",
  });
export type Operation = z.infer<typeof Operation>;
