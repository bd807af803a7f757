import type { TenantId } from "../contract/id.ts";
import type { Quota, TeamLimits } from "../contract/quota.ts";
import { quotaWith } from "../domain/quota.ts";
import type { Write } from "../ports/table.ts";
import type { Core } from "./core.ts";
import { next, put, read } from "./entity.ts";
import { quotaKey, quotaRows } from "./tables.ts";

type Deps = Pick<Core, "table" | "quota">;

/** The platform's limits, and over them those that the team has of its own. */
export async function quotaOf(deps: Deps, tenant: TenantId): Promise<Quota> {
  const row = await read(deps.table, quotaRows, quotaKey(tenant));
  return quotaWith(deps.quota, row?.own);
}

/** What data centers are told of them. */
export async function limitsFor(deps: Deps, tenant: TenantId): Promise<TeamLimits> {
  const row = await read(deps.table, quotaRows, quotaKey(tenant));
  const { instances, memoryMib, logMibPerDay } = quotaWith(deps.quota, row?.own);
  return { instances, memoryMib, logMibPerDay, generation: row?.generation ?? 0 };
}

/**
 * Decides whether a change fits, and makes it the only one that is decided on what was read: each writes the team's row, which was read
 * before anything was counted, so that of two at once one has to look again. @throws what `assert` throws.
 */
export async function claim(deps: Deps, tenant: TenantId, assert: (quota: Quota) => Promise<void>): Promise<Write> {
  const row = (await read(deps.table, quotaRows, quotaKey(tenant))) ?? { tenant, own: {}, generation: 0 };
  await assert(quotaWith(deps.quota, row.own));
  return put(quotaRows, next(row, {}));
}
