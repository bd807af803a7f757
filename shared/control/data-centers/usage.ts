import type { DataCenterUsage } from "../../contract/data-center.ts";
import type { DataCenterId } from "../../contract/id.ts";
import { mayReach } from "../../domain/authorize.ts";
import { measured, together } from "../../domain/data-center-usage.ts";
import { quotaWith } from "../../domain/quota.ts";
import type { Caller } from "../change.ts";
import { components, statuses } from "../component-tables.ts";
import type { Core } from "../core.ts";
import { listAll, read } from "../entity.ts";
import { findDataCenter } from "../find.ts";
import { quotaKey, quotaRows } from "../tables.ts";
import { watch } from "../watch.ts";

/** Summed of what the agents told of each component: nothing is reported for it. */
export async function usageOfDataCenter(deps: Core, caller: Caller, id: DataCenterId): Promise<DataCenterUsage> {
  const { tenant } = caller;
  const pk = `tenant#${tenant}`;
  const [record, all, told, limits] = await Promise.all([
    findDataCenter(deps, caller, id),
    listAll(deps.table, components, { pk, prefix: "component#" }),
    listAll(deps.table, statuses, { pk, prefix: "status#" }),
    read(deps.table, quotaRows, quotaKey(tenant)),
  ]);
  await watch(deps, caller, { dataCenter: record, told: record.reportedAt });
  const observed = new Map(told.map(({ component, observation }) => [component, observation.instances]));
  const here = all.filter(({ dataCenter }) => dataCenter === id);
  const uses = here.map(({ id: component, application, name, configuration: { resources } }) => ({
    component,
    application,
    name,
    ...measured(observed.get(component) ?? [], resources),
  }));
  const { instances, memoryMib } = quotaWith(deps.quota, limits?.own);
  return {
    at: record.reportedAt,
    capacity: record.capacity,
    measuring: record.capabilities.find(({ name }) => name === "usage") ?? null,
    team: { tenant, ...together(uses), limits: { instances, memoryMib } },
    components: uses.filter(({ application }) => mayReach(caller, application)),
  };
}
