import { Fault } from "../../base/fault.ts";
import { TenantId } from "../../contract/id.ts";
import type { Tenant } from "../../contract/identity.ts";
import type { Write } from "../../ports/table.ts";
import { type Caller, commit } from "../change.ts";
import type { Core } from "../core.ts";
import { list, put } from "../entity.ts";
import type { Team } from "../identity/session.ts";
import { members, type StoredUser, tenants } from "../tables.ts";

/** What makes someone a member. */
export interface Joining {
  readonly tenant: Tenant;
  readonly team: Team;
  readonly writes: readonly Write[];
}

/** Derivation: a transaction that tells all of a person's teams of a change has two rows for each, of at most 100. */
export const teamsMax = 40;

/** The rows of a new team whose only member, an owner, is `user`. */
export function newTeam(deps: Core, { user, name, tenant }: { user: StoredUser; name: string; tenant: TenantId }): Joining {
  const now = deps.clock.now().toISOString();
  const team = { id: tenant, name, requiresProvenance: false, createdAt: now, generation: 1 };
  const owner = {
    tenant,
    user: user.id,
    email: user.email,
    name: user.name,
    role: "owner",
    joinedAt: now,
    generation: 1,
  } as const;
  return { tenant: team, team: { id: tenant, name, role: "owner" }, writes: [put(tenants, team), put(members, owner)] };
}

export async function createTeam(
  deps: Core,
  { user, name, from, idempotency }: { user: StoredUser; name: string } & Pick<Caller, "from" | "idempotency">,
): Promise<Tenant> {
  await assertMayJoin(deps, user.id);
  const { tenant, writes } = newTeam(deps, { user, name, tenant: TenantId.parse(deps.ids.next("tnt")) });
  const caller = callerFor(user, { tenant: tenant.id, from, operation: "tenantCreate", idempotency });
  return commit(deps, caller, { writes, audit: { subject: tenant.id, changes: [{ path: "name", after: name }] } }, tenant);
}

/** @throws Fault `exhausted`. */
export async function assertMayJoin(deps: Core, user: string): Promise<void> {
  const joined = await list(deps.table, members, { pk: `user#${user}`, prefix: "member#", byIndex: true, limit: teamsMax });
  if (joined.items.length >= teamsMax)
    throw new Fault("exhausted", `A person belongs to at most ${teamsMax} teams.`, {
      next: "Leave a team first.",
      reason: "teams.many",
      params: { limit: teamsMax },
    });
}

export const callerFor = (
  user: Pick<StoredUser, "id" | "name">,
  rest: Pick<Caller, "tenant" | "from" | "operation" | "idempotency">,
): Caller => ({ actor: { kind: "user", id: user.id, name: user.name }, applications: null, ...rest });
