import type { Page } from "../base/page.ts";
import type { DataCenter } from "../contract/data-center.ts";
import type { DataCenterId } from "../contract/id.ts";
import type { Caller } from "./change.ts";
import { dataCenters, dataCentersOf } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { viewDataCenter } from "./data-center-view.ts";
import { listAll } from "./entity.ts";
import { findDataCenter } from "./find.ts";

/** Those that the platform offers to everyone, then the team's own. There are few: one page holds them all. */
export async function listDataCenters(deps: Core, caller: Caller): Promise<Page<DataCenter>> {
  const of = (tenant: string | null) => listAll(deps.table, dataCenters, { pk: dataCentersOf(tenant), byIndex: true });
  const [offered, own] = await Promise.all([of(null), of(caller.tenant)]);
  return { items: [...offered, ...own].map((record) => viewDataCenter(record, deps.clock.now())) };
}

export const dataCenterOf = async (deps: Core, caller: Caller, id: DataCenterId): Promise<DataCenter> =>
  viewDataCenter(await findDataCenter(deps, caller, id), deps.clock.now());
