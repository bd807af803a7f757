import * as z from "zod";
import { Advice } from "./component.ts";
import { ApplicationId, BuildId, ComponentId, DataCenterId, OperationId, ReleaseId, TenantId, Time } from "./id.ts";
import { Actor } from "./identity.ts";
import { Step } from "./release.ts";

export const OperationKind = z
  .enum([
    "deploy",
    "configure",
    "start",
    "stop",
    "restart",
    "scale",
    "rollback",
    "move",
    "remove",
    "drain",
    "leave",
    "node-cordon",
    "node-uncordon",
    "node-drain",
    "node-edit",
  ])
  .meta({ id: "OperationKind" });
export type OperationKind = z.infer<typeof OperationKind>;
/** Of components, the ones that people ask for one by one. */
export type ComponentOperationKind = Exclude<OperationKind, "drain" | "leave" | `node-${string}`>;
export const OperationState = z
  .enum(["pending", "running", "succeeded", "failed", "superseded", "cancelled"])
  .meta({ id: "OperationState" });
export type OperationState = z.infer<typeof OperationState>;

export const Operation = z
  .object({
    id: OperationId,
    tenant: TenantId,
    /** null, with the component: of a data center. */
    application: ApplicationId.nullable(),
    component: ComponentId.nullable(),
    /** The one that is drained or left; of a move, the one that it leads to. */
    dataCenter: DataCenterId.nullable().default(null),
    /** The node of the data center that it is about. */
    node: z.string().nullable().default(null),
    /** The operation of a data center that this one is a step of. */
    parent: OperationId.nullable().default(null),
    kind: OperationKind,
    state: OperationState,
    /** Of a data center's: one for each component, under its id. */
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
