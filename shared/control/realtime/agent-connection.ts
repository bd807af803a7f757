import type { Command } from "../../contract/commands.ts";
import type { ServerFrame } from "../../contract/stream.ts";
import type { Connections } from "../../ports/connections.ts";
import { type Agent, keepDataCenter } from "../accept-report.ts";
import { onConflictRetry } from "../change.ts";
import { dataCenters, keyOf } from "../component-tables.ts";
import type { Core } from "../core.ts";
import { next, read } from "../entity.ts";

/** The connection by which the agent is woken; null ends it, if it is still `only`. */
export const acceptAgent = (deps: Core, agent: Agent, connection: string | null, only?: string): Promise<void> =>
  onConflictRetry(deps, async () => {
    const record = await read(deps.table, dataCenters, keyOf.dataCenter(agent.dataCenter));
    if (!record || record.agent !== agent.id || (only !== undefined && record.connection !== only)) return;
    const lastSeenAt = deps.clock.now().toISOString();
    await keepDataCenter(deps, next(record, { connection, lastSeenAt }));
  });

/** An agent that is not connected pulls when it comes back: nothing is lost when nobody is woken. */
export async function wakeDataCenter(
  deps: Core & { connections: Connections },
  command: Extract<Command, { kind: "wakeDataCenter" }>,
): Promise<void> {
  const record = await read(deps.table, dataCenters, keyOf.dataCenter(command.dataCenter));
  if (!record?.connection || record.agent === null) return;
  const frame: ServerFrame = { type: "desired", cursor: command.cursor };
  if (await deps.connections.send(record.connection, JSON.stringify(frame))) return;
  await acceptAgent(deps, { id: record.agent, dataCenter: record.id }, null, record.connection);
}
