import { OperationId, type TenantId } from "../contract/id.ts";
import type { Operation } from "../contract/operation.ts";
import { deadlineFailure, isFinished, patienceSeconds } from "../domain/operation.ts";
import { systemCaller } from "./caller.ts";
import { commit, onConflictRetry } from "./change.ts";
import {
  builds,
  type ComponentRecord,
  components,
  dataCenters,
  keyOf,
  operationRows,
  releases,
  watches,
} from "./component-tables.ts";
import type { Core } from "./core.ts";
import { isConnected } from "./data-center-view.ts";
import { type Effects, noEffects, publish, together } from "./effects.ts";
import { endOpenOperation, newestOf } from "./end-operation.ts";
import { next, put, read } from "./entity.ts";
import { expireDataCenterOperation } from "./data-centers/advance.ts";
import { expireNodeChange } from "./data-centers/change-node.ts";
import { fallBack } from "./fall-back.ts";
import { finishUndeployedMove, overdue, stayed } from "./move-component.ts";
import { finishUndeployedRemoval } from "./remove-component.ts";
import { type Swept, sweepRows } from "./sweep-rows.ts";

/** Ends an operation whose time is up as failed, with the reason. Before its deadline, and after its end, nothing happens. */
export const expireOperation = (deps: Core, asked: { tenant: TenantId; operation: OperationId }): Promise<void> =>
  onConflictRetry(deps, async () => {
    const operation = await read(deps.table, operationRows, keyOf.operation(asked.tenant, asked.operation));
    if (!operation || isFinished(operation.state)) return;
    if (operation.node !== null) await expireNodeChange(deps, operation);
    else if (operation.component === null) await expireDataCenterOperation(deps, operation);
    else if (operation.kind === "remove" && operation.target === null)
      await finishUndeployedRemoval(deps, asked.tenant, operation.component);
    else if (operation.kind === "move" && operation.target === null)
      await finishUndeployedMove(deps, asked.tenant, operation.component);
    else if (Date.parse(operation.deadline) <= deps.clock.now().getTime()) await expire(deps, operation);
  });

async function expire(deps: Core, operation: Operation): Promise<void> {
  const { tenant } = operation;
  const record = operation.component && (await read(deps.table, components, keyOf.component(tenant, operation.component)));
  if (!record || record.newest?.id !== operation.id) return;
  const deadline = await deadlineInTurn(deps, operation, record);
  if (deadline > deps.clock.now().getTime())
    return deps.table.transact([put(operationRows, next(operation, { deadline: new Date(deadline).toISOString() }))]);
  if (operation.kind === "move" && record.moving && record.moving.phase !== "starting")
    return commit(deps, systemCaller(tenant, "expireOperation"), await overdue(deps, record), undefined);
  const dataCenter = await read(deps.table, dataCenters, keyOf.dataCenter(record.dataCenter));
  const connected = dataCenter !== undefined && isConnected(dataCenter, deps.clock.now());
  const ended = await endOpenOperation(deps, record, (o, at) => ({ kind: "failed", failure: deadlineFailure(o, connected), at }));
  if (!ended.operation) return;
  const after = next(record, { newest: newestOf(ended.operation) });
  // Without its data center nobody knows whether the release is bad: it stays what is wanted.
  if (record.moving?.phase === "starting")
    return commit(
      deps,
      systemCaller(tenant, "expireOperation"),
      together(ended, await stayed(deps, { ...record, newest: after.newest })),
      undefined,
    );
  const mayFallBack = connected && operation.target !== null && !record.removing;
  const own: Effects = (mayFallBack ? await givenUp(deps, after) : undefined) ?? {
    writes: [put(components, after)],
    commands: [publish(tenant, "component", record.id)],
  };
  await commit(deps, systemCaller(tenant, "expireOperation"), together(ended, own), undefined);
}

/** A build's time counts from when it begins; that it does, sweepBuilds sees to. */
async function deadlineInTurn(deps: Core, operation: Operation, { configuration }: ComponentRecord): Promise<number> {
  const { tenant, build: id, target, deadline } = operation;
  const build = target === null && id !== null ? await read(deps.table, builds, keyOf.build(tenant, id)) : undefined;
  if (!build) return Date.parse(deadline);
  const begun = build.state === "queued" ? deps.clock.now().getTime() : Date.parse(build.startedAt ?? build.createdAt);
  return begun + patienceSeconds(operation.kind, true, configuration) * 1_000;
}

/** The release that did not get healthy in time, and the one before in its place. */
export async function givenUp(deps: Core, record: Parameters<typeof fallBack>[1]): Promise<Effects | undefined> {
  const back = await fallBack(deps, record);
  if (!back || !record.release) return undefined;
  const release = await read(deps.table, releases, keyOf.release(record.tenant, record.id, record.release.number));
  const marked = release?.outcome === "pending" ? [put(releases, next(release, { outcome: "failed" as const }))] : [];
  return together({ ...noEffects, writes: marked }, back);
}

/** The safety net: every unfinished operation whose deadline has passed, and removals that have nothing to wait for. */
export const sweepOperations = (deps: Core): Promise<Swept> =>
  sweepRows(deps, { pk: "watch#operation", byIndex: true }, watches, (own, { tenant, id }) =>
    expireOperation(own, { tenant, operation: OperationId.parse(id) }),
  );
