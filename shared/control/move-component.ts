import { Fault } from "../base/fault.ts";
import type { Component } from "../contract/component.ts";
import type { ComponentId, DataCenterId, OperationId, TenantId } from "../contract/id.ts";
import type { Operation } from "../contract/operation.ts";
import type { Step } from "../contract/release.ts";
import { objectionToArriving } from "../domain/data-center.ts";
import { objectionToRunning } from "../domain/placement.ts";
import { closedPorts, dataLeftBehind, isThereAlready, type MoveObjection, placeOf } from "../domain/movement.ts";
import { beginOperation } from "./begin-operation.ts";
import { systemCaller } from "./caller.ts";
import { type Caller, commit, onConflictRetry } from "./change.ts";
import {
  type ComponentRecord,
  components,
  type DataCenterRecord,
  desiredRows,
  keyOf,
  releases,
  statuses,
} from "./component-tables.ts";
import type { Core } from "./core.ts";
import { viewDataCenter } from "./data-center-view.ts";
import { desire, undesire } from "./desire.ts";
import { type Effects, noEffects, publish, together } from "./effects.ts";
import { movedOperation, newestOf, openOperation } from "./end-operation.ts";
import { listAll, next, put, read } from "./entity.ts";
import { findDataCenter } from "./find.ts";
import { currentRelease, type OperateDeps } from "./operate-component.ts";
import { stillTakes } from "./place-component.ts";
import { dependentsNow, isBound } from "./rebind-component.ts";
import { turnedBack } from "./turn-back.ts";

export interface MoveAsked {
  readonly component: ComponentId;
  readonly dataCenter: DataCenterId;
  readonly leaveData: boolean;
  /** The drain that it is a step of: whatever else is in the same data center comes along. */
  readonly parent?: OperationId;
}

/**
 * P10: the component starts in the new data center while the old one serves; once it is healthy there the addresses are those of the
 * new one and dependents follow; then it is removed from the old one. What fails before it serves leaves all as it was.
 */
export async function moveComponent(
  deps: OperateDeps,
  caller: Caller,
  asked: MoveAsked,
): Promise<{ operation: Operation; component: Component }> {
  const { component, dataCenter, parent } = asked;
  const begun = await beginOperation(deps, caller, { component, kind: "move", dataCenter, parent }, async (record) => {
    const to = await findDataCenter(deps, caller, dataCenter);
    await assertMovable(deps, record, { ...asked, to });
    const since = deps.clock.now().toISOString();
    const isThere = record.desired > 0;
    return {
      changes: { dataCenter, moving: isThere ? { from: record.dataCenter, phase: "starting", since } : null },
      ...(isThere && { desired: { release: await currentRelease(deps, record) } }),
      effects: { writes: [stillTakes(to)], commands: [] },
      audit: [{ path: "dataCenter", before: record.dataCenter, after: dataCenter }],
    };
  });
  if (begun.operation.target !== null) return begun;
  const ended = await finishUndeployedMove(deps, caller.tenant, component);
  return ended ? { ...begun, operation: ended } : begun;
}

async function assertMovable(deps: Core, record: ComponentRecord, asked: MoveAsked & { to: DataCenterRecord }): Promise<void> {
  const [found] = await refusalsToMove(deps, record, asked);
  if (found) throw refuseMove(found);
}

export type MoveRefusal = Pick<MoveObjection, "params" | "message" | "next"> & { readonly code: string };
export const refuseMove = ({ code, message, next: advice, params }: MoveRefusal): Fault =>
  new Fault("conflict", message, { next: advice, reason: code, params });

/** Whatever stands against moving it: the new place, what that can run, its data, its dependencies. */
export async function refusalsToMove(
  deps: Core,
  record: ComponentRecord,
  asked: { to: DataCenterRecord; leaveData: boolean; parent?: OperationId | undefined },
): Promise<MoveRefusal[]> {
  const to = viewDataCenter(asked.to, deps.clock.now());
  const closed = objectionToArriving(to);
  const cannot = objectionToRunning(to, record.configuration);
  return [
    ...(closed ? [{ ...closed, params: { name: to.name } }] : []),
    ...(cannot ? [cannot] : []),
    ...(await objectionsToMove(deps, record, asked)),
  ];
}

/** Why it cannot move as it is. In a drain, what it depends on and what depends on it in the same place comes along. */
async function objectionsToMove(
  deps: Core,
  record: ComponentRecord,
  asked: { to: DataCenterRecord; leaveData: boolean; parent?: OperationId | undefined },
): Promise<MoveObjection[]> {
  if (record.dataCenter === asked.to.id) return [isThereAlready(record.name, asked.to.name)];
  const data = asked.leaveData ? null : dataLeftBehind(record.name, record.configuration);
  const all = await listAll(deps.table, components, { pk: `tenant#${record.tenant}`, prefix: "component#" });
  const comesAlong = (other: ComponentRecord) => asked.parent !== undefined && placeOf(other) === record.dataCenter;
  const apart = all.filter(
    (c) => c.id !== record.id && placeOf(c) !== asked.to.id && c.dataCenter !== asked.to.id && !comesAlong(c),
  );
  const closed = apart.flatMap((other) => [...closedPorts(record, other), ...closedPorts(other, record)]);
  return [...(data ? [data] : []), ...closed];
}

/** What never was in a data center is moved at once. The operation sweep comes here too, should this process die before. */
export async function finishUndeployedMove(deps: Core, tenant: TenantId, component: ComponentId): Promise<Operation | undefined> {
  const record = await read(deps.table, components, keyOf.component(tenant, component));
  const open = record && (await openOperation(deps, record));
  if (!record || open?.kind !== "move" || open.target !== null) return undefined;
  const ended = movedOperation(open, { kind: "succeeded", at: deps.clock.now().toISOString() });
  const after = next(record, { newest: newestOf(ended.operation) });
  const own: Effects = { writes: [put(components, after)], commands: [publish(tenant, "component", component)] };
  await commit(deps, systemCaller(tenant, "componentMove"), together(ended, own), undefined);
  return ended.operation;
}

/** It serves from its new data center: its addresses are the new ones from here on, and those that depend on it follow. */
export async function switched(deps: Core, record: ComponentRecord, operation: Operation | undefined): Promise<Effects> {
  if (!record.moving) return noEffects;
  const { tenant, id } = record;
  const since = deps.clock.now().toISOString();
  const steps = [step("follow", "running", since)];
  const told = operation ? movedOperation(operation, { kind: "reported", at: since, steps }) : noEffects;
  const after = next(record, { moving: { ...record.moving, phase: "switching", since } });
  return together(told, {
    writes: [put(components, after)],
    commands: [
      publish(tenant, "component", id),
      { kind: "rebindDependents", version: 1, tenant, component: id },
      { command: { kind: "leaveOldPlace", version: 1, tenant, component: id }, delayMs: lingerMs },
      ...(operation?.parent
        ? [{ kind: "advanceOperation" as const, version: 1 as const, tenant, operation: operation.parent }]
        : []),
    ],
  });
}
const step = (name: string, state: Step["state"], at: string): Step => ({
  name,
  state,
  startedAt: at,
  endedAt: state === "running" ? null : at,
  message: null,
});

/** The old address goes on answering for so long: names are looked up anew within a minute at most. */
const lingerMs = 30_000;
const lookAgainMs = 10_000;
/** For dependents to be replaced one after the other; those that move too come a little later. */
const followLimitMs = 60 * 60_000;

/** Removes it from where it came from, once all that depend on it there have followed, or have had an hour for it. */
export const leaveOldPlace = (deps: Core, asked: { tenant: TenantId; component: ComponentId }): Promise<void> =>
  onConflictRetry(deps, async () => {
    const { tenant, component } = asked;
    const record = await read(deps.table, components, keyOf.component(tenant, component));
    if (record?.moving?.phase !== "switching" || record.removing) return;
    const caller = systemCaller(tenant, "leaveOldPlace");
    const isLate = deps.clock.now().getTime() - Date.parse(record.moving.since) >= followLimitMs;
    if (!isLate && !(await haveFollowed(deps, record))) {
      const again = { command: { kind: "leaveOldPlace" as const, version: 1 as const, tenant, component }, delayMs: lookAgainMs };
      return commit(deps, caller, { writes: [], commands: [again] }, undefined);
    }
    await commit(deps, caller, await left(deps, record), undefined);
  });

async function haveFollowed(deps: Core, record: ComponentRecord): Promise<boolean> {
  const dependents = (await dependentsNow(deps, record)).filter((c) => c.desired > 0 && !c.removing);
  return (await Promise.all(dependents.map((d) => hasFollowed(deps, record, d)))).every(Boolean);
}
async function hasFollowed(deps: Core, record: ComponentRecord, dependent: ComponentRecord): Promise<boolean> {
  if (!(await isBound(deps, dependent))) return false;
  const isBeside = placeOf(dependent) === record.moving?.from;
  const reaches = record.configuration.ports.filter((p) => p.external).map((p) => p.port);
  const needs = dependent.configuration.dependencies.filter((d) => d.component === record.id).map((d) => d.port);
  if (isBeside && needs.some((port) => !reaches.includes(port))) return false;
  const status = await read(deps.table, statuses, keyOf.status(dependent.tenant, dependent.id));
  return status !== undefined && status.observation.generation >= dependent.desired && status.observation.phase !== "progressing";
}

/** From here on the old data center is to remove it. */
export async function left(deps: Core, record: ComponentRecord): Promise<Effects> {
  if (!record.moving) return noEffects;
  const { tenant, id, moving } = record;
  const revision = record.revision + 1;
  const at = deps.clock.now().toISOString();
  const open = await openOperation(deps, record);
  const steps = [step("follow", "succeeded", at), step("leave", "running", at)];
  const told = open?.kind === "move" ? movedOperation(open, { kind: "reported", at, steps }) : undefined;
  const after = next(record, { revision, moving: { ...moving, phase: "leaving", since: at } });
  return together(
    await undesire(deps, after, moving.from, revision),
    { writes: [put(components, after)], commands: [publish(tenant, "component", id)] },
    told ?? noEffects,
  );
}

/** It did not get healthy in the new place, or not in time: it stays where it never stopped, and what was started is removed. */
export async function stayed(deps: Core, record: ComponentRecord): Promise<Effects> {
  const { record: home, effects } = await turnedBack(deps, record, "move");
  const release = home.release && (await read(deps.table, releases, keyOf.release(home.tenant, home.id, home.release.number)));
  const revision = home.revision + 1;
  const after = next(home, { revision, desired: revision });
  const again = release ? await desire(deps, after, release) : noEffects;
  return together(effects, again, {
    writes: [put(components, after)],
    commands: [publish(home.tenant, "component", home.id)],
  });
}

/** The old data center says that nothing is left of it, or has had its time: the move is over. */
export async function arrived(deps: Core, record: ComponentRecord): Promise<Effects> {
  const open = await openOperation(deps, record);
  const at = deps.clock.now().toISOString();
  const ended = open?.kind === "move" ? movedOperation(open, { kind: "succeeded", at }) : undefined;
  const after = next(record, { moving: null, ...(ended && { newest: newestOf(ended.operation) }) });
  const own: Effects = { writes: [put(components, after)], commands: [publish(record.tenant, "component", record.id)] };
  return together(own, ended ?? noEffects);
}

/** It serves where it was to go; the old place, which is not heard of, removes it whenever it comes back. */
export async function overdue(deps: Core, record: ComponentRecord): Promise<Effects> {
  const over = await arrived(deps, record);
  return record.moving?.phase === "switching"
    ? together(over, await undesire(deps, record, record.moving.from, record.revision + 1))
    : over;
}

/** Desired state of a place it is gone from, once that place says so. */
export async function forgottenPlace(
  deps: Core,
  told: { dataCenter: DataCenterId; component: ComponentId; generation: number },
): Promise<Effects> {
  const row = await read(deps.table, desiredRows, keyOf.desired(told.dataCenter, told.component));
  const isOver = row && row.workload === null && told.generation >= row.generation;
  return { writes: isOver ? [{ kind: "remove", key: keyOf.desired(told.dataCenter, told.component) }] : [], commands: [] };
}
