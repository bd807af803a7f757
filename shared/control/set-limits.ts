import { Fault } from "../base/fault.ts";
import type { TenantId } from "../contract/id.ts";
import { OwnQuota, type QuotaUse } from "../contract/quota.ts";
import { changesBetween } from "../domain/plan-change.ts";
import { systemCaller } from "./caller.ts";
import { commit, onConflictRetry } from "./change.ts";
import type { Core } from "./core.ts";
import { next, put, read } from "./entity.ts";
import { quotaKey, quotaRows, tenants } from "./tables.ts";
import { viewQuota } from "./view-quota.ts";

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
    await commit(deps, systemCaller(tenant, "limitsSet"), { writes: [put(quotaRows, next(row, { own }))], audit }, undefined);
  });
  return viewQuota(deps, { tenant });
}
