import type { Operation } from "../contract/operation.ts";
import { isFinished, nextOperation, type OperationEvent } from "../domain/operation.ts";
import type { Clock } from "../ports/clock.ts";
import type { Table } from "../ports/table.ts";
import { builds, type ComponentRecord, keyOf, operationRows } from "./component-tables.ts";
import { type Effects, noEffects, publishOperation, together } from "./effects.ts";
import { endBuild } from "./end-build.ts";
import { put, read } from "./entity.ts";

/** What the component's record keeps of its newest operation. */
export const newestOf = (o: Operation): ComponentRecord["newest"] => ({
  id: o.id,
  kind: o.kind,
  state: o.state,
  failure: o.failure,
});

export const unfinished = (record: Pick<ComponentRecord, "newest">): boolean =>
  record.newest !== null && !isFinished(record.newest.state);

/** The component's unfinished operation, if there is one. */
export async function openOperation(deps: { table: Table }, record: ComponentRecord): Promise<Operation | undefined> {
  if (!record.newest || !unfinished(record)) return undefined;
  return read(deps.table, operationRows, keyOf.operation(record.tenant, record.newest.id));
}

/** The operation as the event leaves it, with all that must be written with it. The caller writes `newest` into the component. */
export function movedOperation(operation: Operation, event: OperationEvent): Effects & { readonly operation: Operation } {
  const moved = nextOperation(operation, event);
  if (moved === operation) return { ...noEffects, operation };
  return {
    operation: moved,
    writes: [
      put(operationRows, moved),
      ...(isFinished(moved.state) ? [{ kind: "remove" as const, key: keyOf.watch(moved.tenant, "operation", moved.id) }] : []),
    ],
    commands: [
      publishOperation(moved),
      ...(moved.parent !== null && isFinished(moved.state)
        ? [{ kind: "advanceOperation" as const, version: 1 as const, tenant: moved.tenant, operation: moved.parent }]
        : []),
    ],
  };
}

/** Ends the component's unfinished operation, and the build it waits for. */
export async function endOpenOperation(
  deps: { table: Table; clock: Clock },
  record: ComponentRecord,
  event: (operation: Operation, at: string) => OperationEvent,
): Promise<Effects & { readonly operation: Operation | undefined }> {
  const open = await openOperation(deps, record);
  if (!open) return { ...noEffects, operation: undefined };
  const at = deps.clock.now().toISOString();
  const moved = movedOperation(open, event(open, at));
  return { ...together(moved, await cancelledBuild(deps, open, at)), operation: moved.operation };
}

async function cancelledBuild(deps: { table: Table }, operation: Operation, at: string): Promise<Effects> {
  if (operation.build === null || operation.target !== null) return noEffects;
  const build = await read(deps.table, builds, keyOf.build(operation.tenant, operation.build));
  if (!build || (build.state !== "queued" && build.state !== "running")) return noEffects;
  return endBuild(deps, build, { state: "cancelled", endedAt: at });
}
