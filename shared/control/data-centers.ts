import type { Page } from "../base/page.ts";
import type { DataCenter, DataCenterNode } from "../contract/data-center.ts";
import type { DataCenterId } from "../contract/id.ts";
import { adviceFor } from "../domain/advice.ts";
import type { Caller } from "./change.ts";
import { dataCenterNodes, dataCenters, dataCentersOf, keyOf } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { viewDataCenter } from "./data-center-view.ts";
import { listAll, read } from "./entity.ts";
import { findDataCenter } from "./find.ts";
import { watch } from "./watch.ts";

/** Those that the platform offers to everyone, then the team's own. There are few: one page holds them all. */
export async function listDataCenters(deps: Core, caller: Caller): Promise<Page<DataCenter>> {
  const of = (tenant: string | null) => listAll(deps.table, dataCenters, { pk: dataCentersOf(tenant), byIndex: true });
  const [offered, own] = await Promise.all([of(null), of(caller.tenant)]);
  const all = [...offered, ...own];
  await Promise.all(all.map((dataCenter) => watch(deps, caller, { dataCenter, told: dataCenter.reportedAt })));
  return { items: all.map((record) => viewDataCenter(record, deps.clock.now())) };
}

/** Those of an agent that was turned away are not told. */
export async function listNodes(
  deps: Core,
  caller: Caller,
  id: DataCenterId,
): Promise<{ at: string | null; items: DataCenterNode[] }> {
  const [record, told] = await Promise.all([
    findDataCenter(deps, caller, id),
    read(deps.table, dataCenterNodes, keyOf.dataCenterNodes(id)),
  ]);
  await watch(deps, caller, { dataCenter: record, told: told?.at ?? null });
  if (!told || told.agent !== record.agent) return { at: null, items: [] };
  return { at: told.at, items: told.nodes.map(({ signals, ...node }) => ({ ...node, advice: signals.map(adviceFor) })) };
}

export async function dataCenterOf(deps: Core, caller: Caller, id: DataCenterId): Promise<DataCenter> {
  const dataCenter = await findDataCenter(deps, caller, id);
  await watch(deps, caller, { dataCenter, told: dataCenter.reportedAt });
  return viewDataCenter(dataCenter, deps.clock.now());
}
