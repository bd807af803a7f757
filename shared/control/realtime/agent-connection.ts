import type { Command } from "../../contract/commands.ts";
import type { ServerFrame } from "../../contract/stream.ts";
import type { Connections } from "../../ports/connections.ts";
import { type Agent, keepDataCenter } from "../accept-report.ts";
import { onConflictRetry } from "../change.ts";
import { type DataCenterRecord, dataCenters, keyOf } from "../component-tables.ts";
import type { Core } from "../core.ts";
import { read } from "../entity.ts";

interface Accepted {
  readonly id: string;
  /** When it was opened; absent: just now. */
  readonly at?: Date;
  /** How long it stands at most. */
  readonly ms: number;
  /** Something newer is known. */
  readonly unless?: (record: DataCenterRecord, now: Date) => boolean;
}
/** The connection by which the agent is woken. undefined: it was not taken. */
export const acceptAgent = (deps: Core, agent: Agent, { id, at, ms, unless }: Accepted): Promise<DataCenterRecord | undefined> =>
  onConflictRetry(deps, async () => {
    const record = await read(deps.table, dataCenters, keyOf.dataCenter(agent.dataCenter));
    const now = deps.clock.now();
    if (!record || record.agent !== agent.id || unless?.(record, now)) return undefined;
    const connectedUntil = new Date((at ?? now).getTime() + ms).toISOString();
    return keepDataCenter(deps, record, { connection: id, connectedUntil, lastSeenAt: now.toISOString() });
  });

/** It has no connection any more, unless another took its place. */
export const dropAgent = (deps: Core, agent: Agent, connection: string): Promise<unknown> =>
  onConflictRetry(deps, async () => {
    const record = await read(deps.table, dataCenters, keyOf.dataCenter(agent.dataCenter));
    if (!record || record.agent !== agent.id || record.connection !== connection) return;
    const lastSeenAt = deps.clock.now().toISOString();
    await keepDataCenter(deps, record, { connection: null, connectedUntil: null, lastSeenAt });
  });

/** An agent that is not connected pulls when it comes back: nothing is lost when nobody is woken. */
export async function wakeDataCenter(
  deps: Core & { connections: Connections },
  command: Extract<Command, { kind: "wakeDataCenter" }>,
): Promise<void> {
  const record = await read(deps.table, dataCenters, keyOf.dataCenter(command.dataCenter));
  const { cursor } = command;
  if (record) await sendToAgent(deps, record, cursor === null ? { type: "tasks" } : { type: "desired", cursor });
}

/** One call of the agent, for so long, keeps many pages fresh. */
const watchedSeconds = 300;

/** Somebody looks at what is used in the data center. */
export async function watchDataCenter(
  deps: Core & { connections: Connections },
  command: Extract<Command, { kind: "watchDataCenter" }>,
): Promise<void> {
  const record = await read(deps.table, dataCenters, keyOf.dataCenter(command.dataCenter));
  if (record) await sendToAgent(deps, record, { type: "watched", seconds: watchedSeconds });
}

export async function sendToAgent(
  deps: Core & { connections: Connections },
  { id, agent, connection }: DataCenterRecord,
  frame: ServerFrame,
): Promise<void> {
  if (connection === null || agent === null) return;
  if (await deps.connections.send(connection, JSON.stringify(frame))) return;
  await dropAgent(deps, { id: agent, dataCenter: id }, connection);
}
