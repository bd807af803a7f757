import type { DataCenter, DataCenterState } from "../contract/data-center.ts";
import { updateFor } from "../domain/data-center.ts";
import type { DataCenterRecord } from "./component-tables.ts";

/** An agent reports at least every 60 s; half as much again for a slow network. */
const silenceMs = 90_000;
/** An agent with a standing connection pings within API Gateway's 10 idle minutes; beyond that the connection is a leftover of a crash. */
const connectedSilenceMs = 10 * 60_000;

export const isConnected = (record: DataCenterRecord, now: Date): boolean =>
  record.agent !== null &&
  record.lastSeenAt !== null &&
  now.getTime() - Date.parse(record.lastSeenAt) <= (record.connection === null ? silenceMs : connectedSilenceMs);

function stateOf(record: DataCenterRecord, now: Date): DataCenterState {
  if (record.leaving !== null) return "leaving";
  if (record.agent === null) return record.revokedAt === null ? "joining" : "revoked";
  return isConnected(record, now) ? "connected" : "disconnected";
}

export function viewDataCenter(record: DataCenterRecord, now: Date): DataCenter {
  const { connection: _c, joinToken, revokedAt: _r, leaving: _l, keeps: _k, drain: _d, ...shown } = record;
  const isAlive = joinToken !== null && Date.parse(joinToken.expiresAt) > now.getTime();
  return {
    ...shown,
    state: stateOf(record, now),
    joinTokenExpiresAt: isAlive ? joinToken.expiresAt : null,
    agentUpdate: updateFor(record.agentVersion),
  };
}
