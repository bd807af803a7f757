import { notFound } from "../../base/fault.ts";
import type { Tenant } from "../../contract/identity.ts";
import { keyIsNoPerson } from "../../domain/authorize.ts";
import { changesBetween } from "../../domain/plan-change.ts";
import { type Caller, commit, onConflictRetry } from "../change.ts";
import type { Core } from "../core.ts";
import { publish } from "../effects.ts";
import { next, put, read } from "../entity.ts";
import { tenants } from "../tables.ts";

export async function viewTeam(deps: Core, { tenant }: Pick<Caller, "tenant">): Promise<Tenant> {
  const team = await read(deps.table, tenants, { pk: `tenant#${tenant}`, sk: "tenant" });
  if (!team) throw notFound("team", tenant);
  return team;
}

export const updateTeam = (
  deps: Core,
  caller: Caller,
  changes: { readonly [K in "name" | "requiresProvenance"]?: Tenant[K] | undefined },
): Promise<Tenant> =>
  onConflictRetry(deps, async () => {
    const team = await viewTeam(deps, caller);
    const updated = next(team, {
      name: changes.name ?? team.name,
      requiresProvenance: changes.requiresProvenance ?? team.requiresProvenance,
    });
    const { generation: _, ...before } = team;
    const { generation: __, ...after } = updated;
    const audit = { subject: team.id, changes: changesBetween("", before, after) };
    const commands = [publish(team.id, "team", team.id)];
    return commit(deps, caller, { writes: [put(tenants, updated)], commands, audit }, updated);
  });

/** What only a person may do, never a key, whatever its role. */
export function assertPerson(caller: Caller): void {
  if (caller.actor.kind !== "user") throw keyIsNoPerson();
}
