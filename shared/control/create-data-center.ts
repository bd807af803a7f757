import { DataCenterId } from "../contract/id.ts";
import { type DataCenterRecord, dataCenters, dataCentersOf } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { newJoinToken } from "./data-centers/join-token.ts";
import { listAll, next, put } from "./entity.ts";

type Deps = Pick<Core, "table" | "clock" | "ids">;

/** For the platform's own machine: long enough for a slow one to start its agents, short enough to be worthless in a log. */
const embeddedTokenMs = 15 * 60_000;

/**
 * The data center of the platform's own machine, or another one that it offers to every team: made at the first start, found at later
 * ones. The token lets its agents join once; those that have joined already do not need it.
 */
export async function createEmbeddedDataCenter(
  deps: Deps,
  name = "embedded",
): Promise<{ dataCenter: DataCenterId; joinToken: string }> {
  const known = await listAll(deps.table, dataCenters, { pk: dataCentersOf(null), byIndex: true });
  const found = known.find((d) => d.name === name);
  const record =
    found ?? newDataCenter(deps, { id: DataCenterId.parse(deps.ids.next("dc")), tenant: null, name, kind: "embedded" });
  const { token, kept, writes } = await newJoinToken(deps, {
    dataCenter: record.id,
    ms: embeddedTokenMs,
    before: record.joinToken,
  });
  const after = found ? next(found, { joinToken: kept }) : { ...record, joinToken: kept };
  await deps.table.transact([put(dataCenters, after), ...writes]);
  return { dataCenter: record.id, joinToken: token };
}

export const newDataCenter = (
  deps: Pick<Core, "clock">,
  asked: Pick<DataCenterRecord, "id" | "tenant" | "name" | "kind">,
): DataCenterRecord => ({
  ...asked,
  cordoned: false,
  joinToken: null,
  preflight: null,
  refusal: null,
  revokedAt: null,
  leaving: null,
  keeps: false,
  drain: null,
  nodeTasks: [],
  updateAsked: null,
  buildTasks: [],
  checkTasks: [],
  agent: null,
  agentVersion: null,
  capabilities: [],
  capacity: null,
  streamUrl: null,
  tools: {},
  lastSeenAt: null,
  reportedAt: null,
  connection: null,
  connectedUntil: null,
  createdAt: deps.clock.now().toISOString(),
  generation: 1,
});
