import { Fault } from "../base/fault.ts";
import type { Command } from "../contract/commands.ts";
import type { TenantId } from "../contract/id.ts";
import { OwnQuota, type QuotaUse } from "../contract/quota.ts";
import { changesBetween } from "../domain/plan-change.ts";
import { systemCaller } from "./caller.ts";
import { commit, onConflictRetry } from "./change.ts";
import { type ComponentRecord, components } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { listAll, next, put, read } from "./entity.ts";
import { quotaKey, quotaRows, tenants } from "./tables.ts";
import { viewQuota } from "./view-quota.ts";

/** Of 100 writes in a transaction. */
const toldMax = 90;

/** For an operator: what a team has instead of the platform's limits; `null`: the platform's again. What is taken beyond a lower one stays. */
export async function setLimits(
  deps: Core,
  tenant: TenantId,
  changes: { readonly [K in keyof OwnQuota]?: number | null },
): Promise<QuotaUse> {
  if (!(await read(deps.table, tenants, { pk: `tenant#${tenant}`, sk: "tenant" })))
    throw new Fault("not_found", `There is no team ${tenant}.`, {
      next: "`pluvia teams list` shows each member the ids of theirs.",
      reason: "team.unknown",
      params: { team: tenant },
    });
  await onConflictRetry(deps, async () => {
    const row = (await read(deps.table, quotaRows, quotaKey(tenant))) ?? { tenant, own: {}, generation: 0 };
    const kept = Object.entries({ ...row.own, ...changes }).filter(([, limit]) => limit !== null && limit !== undefined);
    const own = OwnQuota.parse(Object.fromEntries(kept));
    const audit = { subject: tenant, changes: changesBetween("limits", row.own, own) };
    if (audit.changes.length === 0) return;
    const all = await listAll(deps.table, components, { pk: `tenant#${tenant}`, prefix: "component#" });
    const commands = oneOfEachPlaceFirst(all).map(
      ({ id }): Command => ({ kind: "rebindComponent", version: 1, tenant, component: id }),
    );
    // As many as one transaction takes beside the rest: a data center need hear it of one component alone.
    const writes = [put(quotaRows, next(row, { own }))];
    await commit(deps, systemCaller(tenant, "limitsSet"), { writes, commands: commands.slice(0, toldMax), audit }, undefined);
  });
  return viewQuota(deps, { tenant });
}

/** Of those that a data center knows of. */
function oneOfEachPlaceFirst(all: readonly ComponentRecord[]): ComponentRecord[] {
  const known = all.filter(({ desired, removing }) => desired > 0 && !removing);
  const first = new Set(new Map(known.map((component) => [component.dataCenter, component])).values());
  return [...first, ...known.filter((component) => !first.has(component))];
}
