import type { Command } from "../../contract/commands.ts";
import type { ServerFrame } from "../../contract/stream.ts";
import type { Connections } from "../../ports/connections.ts";
import { type Agent, keepDataCenter } from "../accept-report.ts";
import { onConflictRetry } from "../change.ts";
import { type DataCenterRecord, dataCenters, keyOf } from "../component-tables.ts";
import type { Core } from "../core.ts";
import { read } from "../entity.ts";

/** The connection by which the agent is woken, and how long it stands at most. */
export const acceptAgent = (deps: Core, agent: Agent, { id, ms }: { readonly id: string; readonly ms: number }): Promise<void> =>
  onConflictRetry(deps, async () => {
    const record = await read(deps.table, dataCenters, keyOf.dataCenter(agent.dataCenter));
    if (!record || record.agent !== agent.id) return;
    const now = deps.clock.now();
    const connectedUntil = new Date(now.getTime() + ms).toISOString();
    await keepDataCenter(deps, record, { connection: id, connectedUntil, lastSeenAt: now.toISOString() });
  });

/** It has no connection any more, unless another took its place. */
export const dropAgent = (deps: Core, agent: Agent, connection: string): Promise<void> =>
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

async function sendToAgent(
  deps: Core & { connections: Connections },
  { id, agent, connection }: DataCenterRecord,
  frame: ServerFrame,
): Promise<void> {
  if (connection === null || agent === null) return;
  if (await deps.connections.send(connection, JSON.stringify(frame))) return;
  await dropAgent(deps, { id: agent, dataCenter: id }, connection);
}
