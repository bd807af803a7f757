import type { DataCenter, DataCenterState } from "../contract/data-center.ts";
import { updateFor } from "../domain/data-center.ts";
import type { DataCenterRecord } from "./component-tables.ts";

/** An agent without a standing connection reports at least every 60 s; half as much again for a slow network. */
const silenceMs = 90_000;

/** Its other end is watched by who holds it, and its end is told of. */
export const isStanding = ({ agent, connection, connectedUntil }: DataCenterRecord, now: Date): boolean =>
  agent !== null && connection !== null && connectedUntil !== null && now.getTime() <= Date.parse(connectedUntil);

/** Of a time to come, it was heard of before the clock was set back. */
export const isConnected = (record: DataCenterRecord, now: Date): boolean =>
  isStanding(record, now) ||
  (record.agent !== null && record.lastSeenAt !== null && Math.abs(now.getTime() - Date.parse(record.lastSeenAt)) <= silenceMs);

export function stateOf(record: DataCenterRecord, now: Date): DataCenterState {
  if (record.leaving !== null) return "leaving";
  if (record.agent === null) return record.revokedAt === null ? "joining" : "revoked";
  return isConnected(record, now) ? "connected" : "disconnected";
}

export function viewDataCenter(record: DataCenterRecord, now: Date): DataCenter {
  const { connection: _c, connectedUntil: _u, joinToken, revokedAt: _r, leaving: _l, keeps: _k, ...rest } = record;
  const { drain: _d, nodeTasks: _n, buildTasks: _b, checkTasks: _t, updateAsked, ...shown } = rest;
  const agentUpdate = updateFor(record.agentVersion);
  const isAlive = joinToken !== null && Date.parse(joinToken.expiresAt) > now.getTime();
  return {
    ...shown,
    state: stateOf(record, now),
    lastSeenAt: isStanding(record, now) ? now.toISOString() : record.lastSeenAt,
    joinTokenExpiresAt: isAlive ? joinToken.expiresAt : null,
    agentUpdate,
    agentUpdateAskedAt: agentUpdate !== null && updateAsked?.version === agentUpdate ? updateAsked.askedAt : null,
  };
}
