import { Fault } from "../base/fault.ts";
import type { OperationId } from "../contract/id.ts";
import type { Role } from "../contract/identity.ts";
import type { Operation } from "../contract/operation.ts";
import { allowed, roleMayNot } from "../domain/authorize.ts";
import { isFinished } from "../domain/operation.ts";
import { cancelNodeChange } from "./data-centers/change-node.ts";
import { cancelDrain } from "./data-centers/drain.ts";
import { type Caller, commit, onConflictRetry } from "./change.ts";
import { type ComponentRecord, components, keyOf } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { publish, together } from "./effects.ts";
import { endOpenOperation, newestOf } from "./end-operation.ts";
import { next, put, read } from "./entity.ts";
import { givenUp } from "./expire-operation.ts";
import { findOperation } from "./find.ts";
import { stayed } from "./move-component.ts";

const cancellable: readonly Operation["kind"][] = ["deploy", "configure", "rollback", "move"];

/**
 * Gives up a deploy, configure or rollback: the release that served before is wanted again; or a move: it stays where it was; or what is being
 * done with a node: it stays as it is now; or a drain: what has begun to move arrives, nothing else begins. Cancelling twice is once.
 */
export const cancelOperation = (
  deps: Core,
  caller: Caller,
  { id, role }: { readonly id: OperationId; readonly role: Role },
): Promise<Operation> =>
  onConflictRetry(deps, async () => {
    const operation = await findOperation(deps, caller, id);
    if (operation.node !== null || operation.kind === "drain") return ofDataCenter(deps, caller, { operation, role });
    return operation.state === "cancelled" ? operation : ofComponent(deps, caller, operation);
  });

/** Whoever may not ask it of a data center, or of a node, may not give it up either. */
function ofDataCenter(
  deps: Core,
  caller: Caller,
  { operation, role }: { readonly operation: Operation; readonly role: Role },
): Operation | Promise<Operation> {
  if (!allowed(role, "dataCenter.manage")) throw roleMayNot(role, "dataCenter.manage");
  if (operation.state === "cancelled") return operation;
  if (operation.node !== null) return cancelNodeChange(deps, caller, operation);
  assertOpen(operation);
  return cancelDrain(deps, caller, operation);
}

async function ofComponent(deps: Core, caller: Caller, operation: Operation): Promise<Operation> {
  assertCancellable(operation);
  const record = operation.component && (await read(deps.table, components, keyOf.component(caller.tenant, operation.component)));
  if (!record || record.newest?.id !== operation.id) return operation;
  if (operation.kind === "move" && record.moving?.phase !== "starting") throw tooLate();
  const ended = await endOpenOperation(deps, record, (_, at) => ({ kind: "cancelled", at }));
  const after = next(record, { newest: ended.operation ? newestOf(ended.operation) : record.newest });
  const own = (await backFrom(deps, operation, { record, after })) ?? {
    writes: [put(components, after)],
    commands: [publish(caller.tenant, "component", record.id)],
  };
  const audit = { subject: record.id, changes: [{ path: "operation", before: operation.kind, after: "cancelled" }] };
  return commit(deps, caller, { ...together(ended, own), audit }, ended.operation ?? operation);
}

async function backFrom(deps: Core, { kind, target }: Operation, at: { record: ComponentRecord; after: ComponentRecord }) {
  if (kind === "move") return stayed(deps, { ...at.record, newest: at.after.newest });
  return target === null ? undefined : givenUp(deps, at.after);
}

const tooLate = (): Fault =>
  new Fault("conflict", "The component serves from its new data center already.", {
    next: "Move it back, if that is what you want.",
    reason: "operation.moved-already",
  });

function assertOpen(operation: Operation): void {
  if (isFinished(operation.state))
    throw new Fault("conflict", `This operation has ended already (${operation.state}).`, {
      next: "Look at the component; ask for what you want instead.",
      reason: "operation.ended",
    });
}

function assertCancellable(operation: Operation): void {
  assertOpen(operation);
  if (operation.kind === "leave")
    throw new Fault("conflict", "Giving a data center up cannot be taken back: some of it may be gone already.", {
      next: "Its steps say what it waits for.",
      reason: "operation.leave-goes-on",
    });
  if (!cancellable.includes(operation.kind))
    throw new Fault("conflict", `A ${operation.kind} takes effect at once and cannot be taken back.`, {
      next: "Ask for the opposite: it replaces this one.",
      reason: "operation.not-cancellable",
    });
}
