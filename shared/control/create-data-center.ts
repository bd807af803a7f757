import { sha256 } from "../base/digest.ts";
import type { DataCenterId } from "../contract/id.ts";
import { DataCenterRecord, dataCenters, dataCentersOf, joinTokens } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { list, put } from "./entity.ts";

/** Long enough for a slow machine to start its agents, short enough to be worthless in a log. */
const tokenMs = 15 * 60_000;

/**
 * The data center of the platform's own machine: made at the first start, found at later ones. The token lets its agents join once;
 * those that have joined already do not need it.
 */
export async function createEmbeddedDataCenter(deps: Core): Promise<{ dataCenter: DataCenterId; joinToken: string }> {
  const { items } = await list(deps.table, dataCenters, { pk: dataCentersOf(null), byIndex: true, limit: 100 });
  const found = items.find((one) => one.kind === "embedded");
  const record = found ?? newRecord(deps);
  const joinToken = deps.ids.secret();
  const token = {
    dataCenter: record.id,
    hash: await sha256(joinToken),
    expiresAt: new Date(deps.clock.now().getTime() + tokenMs).toISOString(),
    usedAt: null,
    generation: 1,
  };
  await deps.table.transact([...(found ? [] : [put(dataCenters, record)]), put(joinTokens, token)]);
  return { dataCenter: record.id, joinToken };
}

const newRecord = (deps: Core): DataCenterRecord =>
  DataCenterRecord.parse({
    id: deps.ids.next("dc"),
    tenant: null,
    name: "embedded",
    kind: "embedded",
    agent: null,
    agentVersion: null,
    capabilities: [],
    capacity: null,
    streamUrl: null,
    tools: {},
    connection: null,
    lastSeenAt: null,
    createdAt: deps.clock.now().toISOString(),
    generation: 1,
  });
