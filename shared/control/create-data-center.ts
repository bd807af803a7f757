import { sha256 } from "../base/digest.ts";
import { type TenantId, DataCenterId } from "../contract/id.ts";
import type { DataCenter } from "../contract/data-center.ts";
import { type DataCenterRecord, dataCenters, dataCentersOf, joinTokens } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { viewDataCenter } from "./data-center-view.ts";
import { listAll, put } from "./entity.ts";

type Deps = Pick<Core, "table" | "clock" | "ids">;

/** For a person, who copies it to another machine and starts the agent there. */
const tokenMs = 24 * 3_600_000;
/** For the platform's own machine: long enough for a slow one to start its agents, short enough to be worthless in a log. */
const embeddedTokenMs = 15 * 60_000;

/** Makes a data center, or finds the one of this name. `token`: for an agent to join with, once; null when one has joined already. */
export async function createDataCenter(
  deps: Deps,
  asked: { tenant: TenantId | null; name: string; kind: DataCenter["kind"] },
): Promise<{ dataCenter: DataCenter; token: string | null }> {
  const record = await foundOrMade(deps, asked);
  const token = record.agent === null ? await createJoinToken(deps, record.id, tokenMs) : null;
  return { dataCenter: viewDataCenter(record, deps.clock.now()), token };
}

/**
 * The data center of the platform's own machine: made at the first start, found at later ones. The token lets its agents join once;
 * those that have joined already do not need it.
 */
export async function createEmbeddedDataCenter(deps: Deps): Promise<{ dataCenter: DataCenterId; joinToken: string }> {
  const { id } = await foundOrMade(deps, { tenant: null, name: "embedded", kind: "embedded" });
  return { dataCenter: id, joinToken: await createJoinToken(deps, id, embeddedTokenMs) };
}

/** An agent that joins with it takes the place of the one before. */
async function createJoinToken(deps: Deps, dataCenter: DataCenterId, ms: number): Promise<string> {
  const token = `pluvia_join_${deps.ids.secret()}`;
  const expiresAt = new Date(deps.clock.now().getTime() + ms).toISOString();
  await deps.table.transact([put(joinTokens, { dataCenter, hash: await sha256(token), expiresAt, usedBy: null, generation: 1 })]);
  return token;
}

async function foundOrMade(
  deps: Deps,
  asked: { tenant: TenantId | null; name: string; kind: DataCenter["kind"] },
): Promise<DataCenterRecord> {
  const known = await listAll(deps.table, dataCenters, { pk: dataCentersOf(asked.tenant), byIndex: true });
  const found = known.find((d) => d.name === asked.name);
  if (found) return found;
  const made = newDataCenter(deps, asked);
  await deps.table.transact([put(dataCenters, made)]);
  return made;
}

const newDataCenter = (
  deps: Deps,
  asked: { tenant: TenantId | null; name: string; kind: DataCenter["kind"] },
): DataCenterRecord => ({
  id: DataCenterId.parse(deps.ids.next("dc")),
  ...asked,
  agent: null,
  agentVersion: null,
  capabilities: [],
  capacity: null,
  streamUrl: null,
  tools: {},
  lastSeenAt: null,
  connection: null,
  createdAt: deps.clock.now().toISOString(),
  generation: 1,
});
