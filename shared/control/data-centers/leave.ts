import { Fault } from "../../base/fault.ts";
import type { DataCenterId } from "../../contract/id.ts";
import type { Operation } from "../../contract/operation.ts";
import { placeOf } from "../../domain/movement.ts";
import type { Connections } from "../../ports/connections.ts";
import type { Write } from "../../ports/table.ts";
import { type Caller, commit, onConflictRetry } from "../change.ts";
import {
  type ComponentRecord,
  type DataCenterRecord,
  dataCenterNames,
  dataCenters,
  joinTokens,
  keyOf,
} from "../component-tables.ts";
import type { Core } from "../core.ts";
import { type Effects, publish } from "../effects.ts";
import { next, put, read, remove } from "../entity.ts";
import { findOwnDataCenter } from "../find.ts";
import { forgetConnection } from "../realtime/connect.ts";
import { agents } from "../tables.ts";
import { endedDrain } from "./drain.ts";
import { isLeaving } from "./join-token.ts";
import { begunOperation, componentsOnItsNodes } from "./operation.ts";

/**
 * The team gives the data center up. `keep`: what runs there goes on, unmanaged: the agent's key is dead first, so that it never hears
 * that nothing is wanted any more. Else everything is removed there first; where no agent ever joined there is nothing to remove. At the end the data center is forgotten, and its components
 * with it.
 */
export const leaveDataCenter = async (
  deps: Core & { readonly connections: Connections },
  caller: Caller,
  asked: { dataCenter: DataCenterId; keep: boolean },
): Promise<Operation> => {
  const { operation, connection } = await onConflictRetry(deps, async () => {
    const record = await findOwnDataCenter(deps, caller, asked.dataCenter);
    if (record.leaving !== null) throw isLeaving(record.name);
    const parts = await componentsOnItsNodes(deps, caller.tenant, record.id);
    const keep = asked.keep || hasNeverJoined(record);
    if (!keep) assertSomebodyRemoves(record, parts);
    const begun = begunOperation(deps, caller, { kind: "leave", dataCenter: record.id, parts });
    const drain = await endedDrain(deps, record, "superseded");
    const ended = keep ? await endedAgent(deps, record) : { changes: {}, writes: [] };
    const after = next(record, {
      ...ended.changes,
      cordoned: true,
      drain: null,
      leaving: begun.operation.id,
      keeps: keep,
    });
    await commit(
      deps,
      caller,
      {
        writes: [...begun.writes, ...drain.writes, put(dataCenters, after), ...ended.writes],
        commands: [...begun.commands, ...drain.commands, publish(caller.tenant, "data-center", record.id)],
        audit: {
          subject: record.id,
          changes: [
            { path: "", before: record.name, after: null },
            { path: "keep", after: asked.keep },
          ],
        },
      },
      begun.operation,
    );
    return { operation: begun.operation, connection: keep ? record.connection : null };
  });
  if (connection !== null) {
    await deps.connections.close(connection);
    await forgetConnection(deps, connection);
  }
  return operation;
};

const hasNeverJoined = ({ agent, lastSeenAt }: DataCenterRecord): boolean => agent === null && lastSeenAt === null;

/** @throws Fault `conflict` when something may run there and no agent would hear that it is to go. */
function assertSomebodyRemoves({ agent, id, name }: DataCenterRecord, parts: readonly ComponentRecord[]): void {
  if (agent !== null || !parts.some((part) => part.desired > 0 && placeOf(part) === id)) return;
  throw new Fault("conflict", `The agent of the data center ${name} was revoked, so nobody can remove what runs there.`, {
    next: "Join it anew with a new token first, or give it up with what runs there kept.",
    reason: "data-center.nobody-removes",
    params: { name },
  });
}

/** The agent's key and the unused token are dead from this transaction on. */
export async function endedAgent(
  deps: Pick<Core, "table" | "clock">,
  record: DataCenterRecord,
): Promise<{ readonly changes: Partial<DataCenterRecord>; readonly writes: readonly Write[] }> {
  const at = deps.clock.now().toISOString();
  const [agent, token] = await Promise.all([
    record.agent && read(deps.table, agents, { pk: `agent#${record.agent}`, sk: "agent" }),
    record.joinToken && read(deps.table, joinTokens, keyOf.joinToken(record.joinToken.hash)),
  ]);
  return {
    changes: {
      agent: null,
      revokedAt: record.revokedAt ?? at,
      connection: null,
      connectedUntil: null,
      joinToken: null,
      streamUrl: null,
    },
    writes: [
      ...(agent && agent.revokedAt === null ? [put(agents, next(agent, { revokedAt: at }))] : []),
      ...(token ? [put(joinTokens, next(token, { replaced: true }))] : []),
    ],
  };
}

/** Nothing of the team is in it any more: it and its name are free, and whatever still holds its key is refused. */
export async function forgotten(deps: Pick<Core, "table" | "clock">, record: DataCenterRecord): Promise<Effects> {
  const { writes } = await endedAgent(deps, record);
  const { tenant, name, id } = record;
  if (tenant === null) return { writes: [], commands: [] };
  return {
    writes: [
      ...writes,
      remove(dataCenters, record),
      { kind: "remove", key: dataCenterNames.place({ tenant, name, dataCenter: id, generation: 1 }).key },
      { kind: "remove", key: keyOf.counter(id) },
      { kind: "remove", key: keyOf.dataCenterNodes(id) },
    ],
    commands: [publish(tenant, "data-center", id)],
  };
}
