import { notFound } from "../../base/fault.ts";
import type { Tenant } from "../../contract/identity.ts";
import { keyIsNoPerson } from "../../domain/authorize.ts";
import { type Caller, commit, onConflictRetry } from "../change.ts";
import type { Core } from "../core.ts";
import { next, put, read } from "../entity.ts";
import { tenants } from "../tables.ts";

export async function viewTeam(deps: Core, { tenant }: Pick<Caller, "tenant">): Promise<Tenant> {
  const team = await read(deps.table, tenants, { pk: `tenant#${tenant}`, sk: "tenant" });
  if (!team) throw notFound("team", tenant);
  return team;
}

export const renameTeam = (deps: Core, caller: Caller, { name }: { name: string }): Promise<Tenant> =>
  onConflictRetry(deps, async () => {
    const team = await viewTeam(deps, caller);
    const renamed = next(team, { name });
    const audit = { subject: team.id, changes: [{ path: "name", before: team.name, after: name }] };
    return commit(deps, caller, { writes: [put(tenants, renamed)], audit }, renamed);
  });

/** What only a person may do, never a key, whatever its role. */
export function assertPerson(caller: Caller): void {
  if (caller.actor.kind !== "user") throw keyIsNoPerson();
}
