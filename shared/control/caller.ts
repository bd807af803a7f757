import type { TenantId } from "../contract/id.ts";
import type { Actor } from "../contract/identity.ts";
import type { Caller } from "./change.ts";

/** What the platform, an agent or a builder does on behalf of an earlier request. */
export const actingCaller = (tenant: TenantId, actor: Actor, operation: string): Caller => ({
  tenant,
  actor,
  from: { address: "", agent: actor.kind },
  operation,
  applications: null,
  idempotency: null,
});
export const systemCaller = (tenant: TenantId, operation: string): Caller =>
  actingCaller(tenant, { kind: "system", id: "platform", name: "Pluvia" }, operation);
