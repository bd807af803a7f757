import type { DataCenter } from "../contract/data-center.ts";
import type { DataCenterRecord } from "./component-tables.ts";

/** An agent reports at least every 60 s; half as much again for a slow network. */
const silenceMs = 90_000;
/** An agent with a standing connection pings within API Gateway's 10 idle minutes; beyond that the connection is a leftover of a crash. */
const connectedSilenceMs = 10 * 60_000;

export const isConnected = (record: DataCenterRecord, now: Date): boolean =>
  record.lastSeenAt !== null &&
  now.getTime() - Date.parse(record.lastSeenAt) <= (record.connection === null ? silenceMs : connectedSilenceMs);

export function viewDataCenter({ connection: _, ...record }: DataCenterRecord, now: Date): DataCenter {
  const connected = isConnected({ ...record, connection: _ }, now);
  return { ...record, state: record.agent === null ? "joining" : connected ? "connected" : "disconnected" };
}
