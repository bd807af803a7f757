import { Fault, notFound } from "../../base/fault.ts";
import { TenantId } from "../../contract/id.ts";
import type { Tenant } from "../../contract/identity.ts";
import type { Write } from "../../ports/table.ts";
import { type Caller, commit, onConflictRetry } from "../change.ts";
import type { Core } from "../core.ts";
import { list, next, put, read } from "../entity.ts";
import type { Team } from "../identity/session.ts";
import { members, type StoredUser, tenants, users } from "../tables.ts";

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

type Wish = { user: StoredUser; name: string } & Pick<Caller, "from" | "idempotency">;
export const createTeam = (deps: Core, wish: Wish): Promise<Tenant> => onConflictRetry(deps, () => createdTeam(deps, wish));

async function createdTeam(deps: Core, { user, name, from, idempotency }: Wish): Promise<Tenant> {
  const claimed = await claimMembership(deps, user);
  const { tenant, writes } = newTeam(deps, { user, name, tenant: TenantId.parse(deps.ids.next("tnt")) });
  const caller = callerFor(user, { tenant: tenant.id, from, operation: "tenantCreate", idempotency });
  const audit = { subject: tenant.id, changes: [{ path: "name", after: name }] };
  return commit(deps, caller, { writes: [claimed, ...writes], audit }, tenant);
}

/** Each writes the person's row, read before their teams were counted, so that of two at once one has to look again. @throws Fault `exhausted`. */
export async function claimMembership(deps: Core, { id }: Pick<StoredUser, "id">): Promise<Write> {
  const user = await read(deps.table, users, { pk: `user#${id}`, sk: "user" });
  if (!user) throw notFound("user", id);
  const joined = await list(deps.table, members, { pk: `user#${id}`, prefix: "member#", byIndex: true, limit: teamsMax });
  if (joined.items.length >= teamsMax)
    throw new Fault("exhausted", `A person belongs to at most ${teamsMax} teams.`, {
      next: "Leave a team first.",
      reason: "teams.many",
      params: { limit: teamsMax },
    });
  return put(users, next(user, {}));
}

export const callerFor = (
  user: Pick<StoredUser, "id" | "name">,
  rest: Pick<Caller, "tenant" | "from" | "operation" | "idempotency">,
): Caller => ({ actor: { kind: "user", id: user.id, name: user.name }, applications: null, ...rest });
