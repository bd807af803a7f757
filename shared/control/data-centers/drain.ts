import { conflict } from "../../base/fault.ts";
import type { DataCenterId, OperationId } from "../../contract/id.ts";
import type { Operation } from "../../contract/operation.ts";
import { dependenciesFirst } from "../../domain/movement.ts";
import { type Caller, commit, onConflictRetry } from "../change.ts";
import { type ComponentRecord, type DataCenterRecord, dataCenters, keyOf, operationRows } from "../component-tables.ts";
import type { Core } from "../core.ts";
import { type Effects, noEffects, publish } from "../effects.ts";
import { movedOperation } from "../end-operation.ts";
import { next, put, read } from "../entity.ts";
import { findDataCenter, findOwnDataCenter } from "../find.ts";
import { type MoveRefusal, refusalsToMove, refuseMove } from "../move-component.ts";
import { isLeaving } from "./join-token.ts";
import { begunOperation, componentsIn } from "./operation.ts";

export interface DrainAsked {
  readonly dataCenter: DataCenterId;
  readonly to: DataCenterId;
  readonly leaveData: boolean;
}

/**
 * Cordons the data center and moves every component of it to another one, some at a time, those that others depend on first. Whatever
 * could not be moved is found before anything is.
 */
export const drainDataCenter = (deps: Core, caller: Caller, asked: DrainAsked): Promise<Operation> =>
  onConflictRetry(deps, async () => {
    const [record, to] = await Promise.all([
      findOwnDataCenter(deps, caller, asked.dataCenter),
      findDataCenter(deps, caller, asked.to),
    ]);
    if (record.leaving !== null) throw isLeaving(record.name);
    if (record.id === to.id)
      throw conflict("drain.same", "A data center cannot be drained to itself.", "Choose another data center.");
    const parts = dependenciesFirst(await componentsIn(deps, caller.tenant, record.id));
    const [refusal] = await refusalsToDrain(deps, parts, { from: record, to, leaveData: asked.leaveData });
    if (refusal) throw refuseMove(refusal);
    const before = await endedDrain(deps, record, "superseded");
    const begun = begunOperation(deps, caller, { kind: "drain", dataCenter: record.id, parts });
    const drain = { to: to.id, leaveData: asked.leaveData, operation: begun.operation.id };
    return commit(
      deps,
      caller,
      {
        writes: [...begun.writes, ...before.writes, put(dataCenters, next(record, { cordoned: true, drain }))],
        commands: [...begun.commands, ...before.commands, publish(caller.tenant, "data-center", record.id)],
        audit: {
          subject: record.id,
          changes: [{ path: "drain", before: null, after: { to: to.id, leaveData: asked.leaveData } }],
        },
      },
      begun.operation,
    );
  });

/** What has begun to move arrives, nothing else begins. */
export async function endedDrain(
  deps: Pick<Core, "table" | "clock">,
  { tenant, drain }: DataCenterRecord,
  kind: "superseded" | "cancelled",
): Promise<Effects> {
  const operation = tenant && drain && (await read(deps.table, operationRows, keyOf.operation(tenant, drain.operation)));
  return operation ? movedOperation(operation, { kind, at: deps.clock.now().toISOString() }) : noEffects;
}

/** Given up: it stays cordoned. */
export async function cancelDrain(deps: Core, caller: Caller, operation: Operation): Promise<Operation> {
  const record = await findOwnDataCenter(deps, caller, String(operation.dataCenter));
  const { operation: ended, ...cancelled } = movedOperation(operation, { kind: "cancelled", at: deps.clock.now().toISOString() });
  const audit = { subject: record.id, changes: [{ path: "drain", before: operation.id, after: null }] };
  return commit(
    deps,
    caller,
    {
      writes: [...cancelled.writes, put(dataCenters, next(record, { drain: null }))],
      commands: [...cancelled.commands, publish(caller.tenant, "data-center", record.id)],
      audit,
    },
    ended,
  );
}

/** Whatever stands against moving these together, in their order. */
export async function refusalsToDrain(
  deps: Core,
  parts: readonly ComponentRecord[],
  asked: { from: DataCenterRecord; to: DataCenterRecord; leaveData: boolean },
): Promise<MoveRefusal[]> {
  const { from, to, leaveData } = asked;
  const staying = parts.filter((part) => part.dataCenter === from.id && !part.removing);
  const together = { to, leaveData, parent: "op_0000000000000000" as OperationId };
  return (await Promise.all(staying.map((part) => refusalsToMove(deps, part, together)))).flat();
}
