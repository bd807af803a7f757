import type { QuotaName, QuotaUse } from "../contract/quota.ts";
import { QuotaName as Names } from "../contract/quota.ts";
import { bytesOfMib } from "../domain/log-volume.ts";
import { quotaWith, roomOfAll, roomTaken } from "../domain/quota.ts";
import type { Caller } from "./change.ts";
import { runningChecks } from "./checks.ts";
import { applications, buildSlots, components, dataCenterNames, keyOf } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { listAll, read } from "./entity.ts";
import { volumeOf } from "./log-volume.ts";
import { livingKeys } from "./keys/keys.ts";
import { quotaKey, quotaRows } from "./tables.ts";
import { seatsTaken } from "./teams/invitations.ts";

/** All of a team's limits, with what is used of each. */
export async function viewQuota(deps: Core, caller: Pick<Caller, "tenant">): Promise<QuotaUse> {
  const [row, used] = await Promise.all([read(deps.table, quotaRows, quotaKey(caller.tenant)), usedBy(deps, caller)]);
  const quota = quotaWith(deps.quota, row?.own);
  return {
    items: Names.options.map((name) => ({ name, limit: quota[name], used: used[name], own: row?.own[name] !== undefined })),
  };
}

async function usedBy(deps: Core, caller: Pick<Caller, "tenant">): Promise<Record<QuotaName, number | null>> {
  const { tenant } = caller;
  const pk = `tenant#${tenant}`;
  const [inTeam, all, seats, keys, places, slots, checks, volume] = await Promise.all([
    listAll(deps.table, applications, { pk, prefix: "application#" }),
    listAll(deps.table, components, { pk, prefix: "component#" }),
    seatsTaken(deps, caller),
    livingKeys(deps, caller),
    listAll(deps.table, dataCenterNames, { pk, prefix: "data-center-name#" }),
    read(deps.table, buildSlots, keyOf.buildSlots(tenant)),
    runningChecks(deps, tenant),
    volumeOf(deps, tenant),
  ]);
  const perApplication = inTeam.map(({ id }) => all.filter((component) => component.application === id).length);
  return {
    applications: inTeam.length,
    componentsPerApplication: Math.max(0, ...perApplication),
    components: all.length,
    ...roomOfAll(all.map(roomTaken)),
    members: seats.length,
    keys: keys.length,
    dataCenters: places.length,
    buildsAtOnce: slots?.running.length ?? 0,
    checksAtOnce: checks.length,
    requestsPerSecond: null,
    logMibPerDay: Math.ceil(volume.bytes / bytesOfMib),
  };
}
