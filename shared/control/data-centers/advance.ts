import { type Fault, faultOf, isFault } from "../../base/fault.ts";
import { ComponentId, OperationId, type TenantId } from "../../contract/id.ts";
import type { Operation } from "../../contract/operation.ts";
import type { Step } from "../../contract/release.ts";
import { placeOf } from "../../domain/movement.ts";
import { isFinished, type OperationEvent } from "../../domain/operation.ts";
import { actingCaller } from "../caller.ts";
import { type Caller, commit, onConflictRetry } from "../change.ts";
import {
  type ComponentRecord,
  components,
  type DataCenterRecord,
  dataCenters,
  keyOf,
  operationRows,
} from "../component-tables.ts";
import type { Core } from "../core.ts";
import { type Effects, noEffects, publish, together } from "../effects.ts";
import { endOpenOperation, movedOperation, newestOf } from "../end-operation.ts";
import { next, put, read } from "../entity.ts";
import { arrived, moveComponent, stayed } from "../move-component.ts";
import type { OperateDeps } from "../operate-component.ts";
import { goneComponent, removeComponent } from "../remove-component.ts";
import { turnedBack } from "../turn-back.ts";
import { forgotten } from "./leave.ts";
import { isLeavingFrom, stepsWithLate } from "./operation.ts";

/** How many components start at once in the new place: enough to be quick, few enough not to starve what runs there. */
const startingMax = 3;

interface Progress {
  readonly operation: Operation;
  readonly dataCenter: DataCenterRecord;
  readonly caller: Caller;
}

/**
 * Goes on with a drain or a leave as far as it can now: what has ended is noted, what may begin is begun. It takes no hint of what
 * happened, so that it may be asked at any time and again. Each component has an operation of its own, which tells of its end here.
 */
export const advanceOperation = (deps: OperateDeps, asked: { tenant: TenantId; operation: OperationId }): Promise<void> =>
  onConflictRetry(deps, async () => {
    const operation = await read(deps.table, operationRows, keyOf.operation(asked.tenant, asked.operation));
    if (!operation || isFinished(operation.state) || operation.dataCenter === null) return;
    const dataCenter = await read(deps.table, dataCenters, keyOf.dataCenter(operation.dataCenter));
    if (!dataCenter) return;
    const caller = actingCaller(
      operation.tenant,
      operation.actor,
      operation.kind === "drain" ? "dataCenterDrain" : "dataCenterLeave",
    );
    const progress = { operation, dataCenter, caller };
    const all = await stepsWithLate(deps, operation);
    const noted = await Promise.all(all.map((step) => noteStep(deps, progress, step)));
    const steps = await begunSteps(deps, progress, noted);
    await keep(deps, progress, steps);
  });

const at = (deps: Pick<Core, "clock">): string => deps.clock.now().toISOString();
const ended = (deps: Core, step: Step, state: Step["state"], why?: Pick<Fault, "message" | "reason" | "params">): Step => ({
  ...step,
  state,
  startedAt: step.startedAt ?? at(deps),
  endedAt: at(deps),
  message: why?.message ?? null,
  ...(why?.reason !== undefined && { code: why.reason }),
  params: { ...step.params, ...why?.params },
});

/** What has become of a component's own operation. */
async function noteStep(deps: Core, { operation }: Progress, step: Step): Promise<Step> {
  const child = OperationId.safeParse(step.params?.["operation"]).data;
  if (step.state !== "running" || !child) return step;
  const own = await read(deps.table, operationRows, keyOf.operation(operation.tenant, child));
  if (!own || own.state === "succeeded") return ended(deps, step, "succeeded");
  if (!isFinished(own.state)) return step;
  const { message = `It ended as ${own.state}.`, code, params } = own.failure ?? {};
  return ended(deps, step, "failed", { message, reason: code, params });
}

async function begunSteps(deps: OperateDeps, progress: Progress, steps: readonly Step[]): Promise<Step[]> {
  const after = [...steps];
  for (const [index, step] of steps.entries())
    if (step.state === "waiting" && (await mayBegin(deps, progress, after, step)))
      after[index] = await begun(deps, progress, step);
  return after;
}

/** What is removed, all at once, but for what its move removes from there; what moves, some at a time, and not before what it depends on serves in the new place. */
async function mayBegin(deps: Core, { operation, dataCenter }: Progress, steps: readonly Step[], step: Step): Promise<boolean> {
  if (operation.kind === "leave") {
    const record = dataCenter.keeps ? undefined : await componentOf(deps, operation, step);
    return record === undefined || !isLeavingFrom(record, dataCenter.id);
  }
  const running = await Promise.all(steps.filter((s) => s.state === "running").map((s) => componentOf(deps, operation, s)));
  const starting = running.filter((c) => c?.moving?.phase === "starting");
  if (starting.length >= startingMax) return false;
  const record = await componentOf(deps, operation, step);
  const needed = new Set<string>(record?.configuration.dependencies.map((d) => d.component));
  const isPending = (c: ComponentRecord | undefined, state: Step["state"]) =>
    c !== undefined && needed.has(c.id) && (state === "waiting" || c.moving?.phase === "starting") && c.id !== record?.id;
  const others = await Promise.all(
    steps
      .filter((s) => needed.has(s.name) && (s.state === "waiting" || s.state === "running"))
      .map(async (s) => isPending(await componentOf(deps, operation, s), s.state)),
  );
  // In a circle of dependencies someone has to be first.
  const isCircle = starting.length === 0 && steps.every((s) => s.state !== "running");
  return isCircle || !others.includes(true) || dataCenter.drain === null;
}

const componentOf = (deps: Pick<Core, "table">, { tenant }: Operation, { name }: Step) =>
  read(deps.table, components, keyOf.component(tenant, name));

async function begun(deps: OperateDeps, progress: Progress, step: Step): Promise<Step> {
  const { operation, dataCenter, caller } = progress;
  const record = await componentOf(deps, operation, step);
  if (!record) return ended(deps, step, "succeeded");
  try {
    const child = operation.kind === "drain" ? await moved(deps, progress, record) : await given(deps, progress, record);
    if (child === undefined) return ended(deps, step, "succeeded");
    const running: Step = { ...step, state: "running", startedAt: at(deps), params: { ...step.params, operation: child } };
    return noteStep(deps, { operation, dataCenter, caller }, running);
  } catch (error) {
    const fault = faultOf(error);
    if (fault.code === "internal" || (isFault(error, "conflict") && error.detail["keys"] !== undefined)) throw error;
    return ended(deps, step, "failed", fault);
  }
}

/** The id of its operation; undefined: nothing is to do. */
async function moved(
  deps: OperateDeps,
  { operation, dataCenter, caller }: Progress,
  record: ComponentRecord,
): Promise<string | undefined> {
  const { drain } = dataCenter;
  if (drain === null || record.removing) return undefined;
  if (record.dataCenter === drain.to) return record.moving === null ? undefined : record.newest?.id;
  if (placeOf(record) === drain.to) return turnedAway(deps, caller, record);
  const asked = { component: record.id, dataCenter: drain.to, leaveData: drain.leaveData, parent: operation.id };
  return (await moveComponent(deps, caller, asked)).operation.id;
}

async function given(
  deps: OperateDeps,
  { operation, dataCenter, caller }: Progress,
  record: ComponentRecord,
): Promise<string | undefined> {
  if (isLeavingFrom(record, dataCenter.id)) return commit(deps, caller, await arrived(deps, record), undefined);
  if (record.dataCenter !== dataCenter.id && placeOf(record) !== dataCenter.id) return undefined;
  if (placeOf(record) !== dataCenter.id) return turnedAway(deps, caller, record);
  if (!dataCenter.keeps) {
    if (record.removing) return record.newest?.id;
    const component = ComponentId.parse(record.id);
    return (await removeComponent(deps, caller, component, operation.id)).id;
  }
  const audit = { subject: record.id, changes: [{ path: "", before: record.name, after: null }] };
  const { record: home, effects } = await turnedBack(deps, record, "remove");
  await commit(deps, caller, { ...together(effects, goneComponent(home)), audit }, undefined);
  return undefined;
}
/** It serves elsewhere and was only about to come: there it stays. */
async function turnedAway(deps: Core, caller: Caller, record: ComponentRecord): Promise<undefined> {
  const ended = await endOpenOperation(deps, record, (_, endedAt) => ({ kind: "cancelled", at: endedAt }));
  const newest = ended.operation ? newestOf(ended.operation) : record.newest;
  const audit = { subject: record.id, changes: [{ path: "operation", before: "move", after: "cancelled" }] };
  await commit(deps, caller, { ...together(ended, await stayed(deps, { ...record, newest })), audit }, undefined);
}

async function keep(deps: Core, { operation, dataCenter, caller }: Progress, steps: readonly Step[]): Promise<void> {
  const isOver = steps.every((s) => s.state !== "waiting" && s.state !== "running");
  if (!isOver && JSON.stringify(steps) === JSON.stringify(operation.steps)) return;
  const reported: Operation = { ...operation, steps: [...steps] };
  if (!isOver) {
    const told = movedOperation(reported, { kind: "reported", steps: [], at: at(deps) });
    return commit(deps, caller, told, undefined);
  }
  const failed = steps.filter((s) => s.state === "failed");
  const event: OperationEvent = failed.length === 0 ? { kind: "succeeded", at: at(deps) } : failureOf(deps, operation, failed);
  await commit(
    deps,
    caller,
    together(movedOperation(reported, event), await after(deps, operation, dataCenter, failed.length === 0)),
    undefined,
  );
}

const failureOf = (deps: Core, { kind }: Operation, failed: readonly Step[]): OperationEvent => {
  const names = failed.map((s) => String(s.params?.["label"] ?? s.name)).join(", ");
  const failure =
    kind === "drain"
      ? {
          code: "drain.incomplete",
          message: `Not everything could be moved: ${names}.`,
          next: "Each of its steps says why. What could not be moved goes on where it was; mend the cause and drain again.",
          params: { names },
        }
      : {
          code: "leave.incomplete",
          message: `Not everything could be removed: ${names}.`,
          next: "Each of its steps says why. Try again, or leave with what runs there kept.",
          params: { names },
        };
  return { kind: "failed", failure, at: at(deps) };
};

/** A drain is over; a data center that was left is forgotten, unless something is still in it. */
async function after(deps: Core, { kind, tenant }: Operation, dataCenter: DataCenterRecord, isDone: boolean): Promise<Effects> {
  if (kind === "leave" && isDone) return forgotten(deps, dataCenter);
  const changed = next(dataCenter, kind === "drain" ? { drain: null } : { leaving: null, keeps: false });
  return { writes: [put(dataCenters, changed)], commands: [publish(tenant, "data-center", dataCenter.id)] };
}

/** Looked at by the sweep: whatever a crash left is gone on with; after its time it has failed. */
export async function expireDataCenterOperation(deps: Core, operation: Operation): Promise<void> {
  const { tenant, id, deadline } = operation;
  const caller = actingCaller(tenant, operation.actor, "expireOperation");
  if (Date.parse(deadline) > deps.clock.now().getTime())
    return commit(
      deps,
      caller,
      { writes: [], commands: [{ kind: "advanceOperation", version: 1, tenant, operation: id }] },
      undefined,
    );
  const failure = {
    code: "deadline.data-center",
    message: "Not all components were done in time.",
    next: "See which of its steps has not ended, and why; then try again.",
  };
  const over = movedOperation(operation, { kind: "failed", at: at(deps), failure });
  const dataCenter = operation.dataCenter && (await read(deps.table, dataCenters, keyOf.dataCenter(operation.dataCenter)));
  const own = dataCenter ? await after(deps, operation, dataCenter, false) : noEffects;
  await commit(deps, caller, together(over, own), undefined);
}
