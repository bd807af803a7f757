import { Fault, notFound } from "../../base/fault.ts";
import type { Page } from "../../base/page.ts";
import type { Command } from "../../contract/commands.ts";
import type { Member, Role } from "../../contract/identity.ts";
import type { Write } from "../../ports/table.ts";
import { type Caller, commit, onConflictRetry } from "../change.ts";
import type { Core } from "../core.ts";
import { list, listAll, next, put, read, remove } from "../entity.ts";
import { members, tenants } from "../tables.ts";
import { assertPerson, viewTeam } from "./team.ts";

export interface PageWish {
  readonly page?: string | undefined;
  readonly limit?: number | undefined;
}
/** 50 rows fill a screen. */
export const pageFor = ({ page, limit }: PageWish) => ({ limit: limit ?? 50, ...(page !== undefined && { page }) });

export const listMembers = (deps: Core, { tenant }: Pick<Caller, "tenant">, wish: PageWish): Promise<Page<Member>> =>
  list(deps.table, members, { pk: `tenant#${tenant}`, prefix: "member#", ...pageFor(wish) });

export const updateMember = (deps: Core, caller: Caller, { user, role }: { user: string; role: Role }): Promise<Member> =>
  onConflictRetry(deps, async () => {
    const member = await memberOf(deps, caller, user);
    const changed = next(member, { role });
    const guard = member.role === "owner" && role !== "owner" ? await assertAnotherOwner(deps, caller, member) : [];
    const audit = { subject: user, changes: [{ path: "role", before: member.role, after: role }] };
    return commit(deps, caller, { writes: [put(members, changed), ...guard], commands: [told(member)], audit }, changed);
  });

/** Their rights, and those of the keys they made, end with the next request. */
export const removeMember = (deps: Core, caller: Caller, { user }: { user: string }): Promise<undefined> =>
  onConflictRetry(deps, async () => {
    const member = await memberOf(deps, caller, user);
    const guard = member.role === "owner" ? await assertAnotherOwner(deps, caller, member) : [];
    const audit = { subject: user, changes: [{ path: "member", before: { email: member.email, role: member.role } }] };
    return commit(deps, caller, { writes: [remove(members, member), ...guard], commands: [told(member)], audit }, undefined);
  });

export function leaveTeam(deps: Core, caller: Caller): Promise<undefined> {
  assertPerson(caller);
  return removeMember(deps, caller, { user: caller.actor.id });
}

export async function memberOf(deps: Core, { tenant }: Caller, user: string): Promise<Member> {
  const member = await read(deps.table, members, { pk: `tenant#${tenant}`, sk: `member#${user}` });
  if (!member) throw notFound("member", user);
  return member;
}

/** Two owners who demote each other at once must not both succeed: both write the team's row, so one has to look again. */
async function assertAnotherOwner(deps: Core, caller: Caller, member: Member): Promise<Write[]> {
  const team = await viewTeam(deps, caller);
  const all = await listAll(deps.table, members, { pk: `tenant#${caller.tenant}`, prefix: "member#" });
  if (!all.some((other) => other.role === "owner" && other.user !== member.user))
    throw new Fault("conflict", `${member.name} is the last owner of ${team.name}.`, {
      next: "Make someone else an owner first.",
      reason: "owner.last",
      params: { name: member.name, team: team.name },
    });
  return [put(tenants, next(team, {}))];
}

const told = ({ tenant, user }: Member): Command => ({
  kind: "publish",
  version: 1,
  tenant,
  resource: "member",
  resourceId: user,
});
