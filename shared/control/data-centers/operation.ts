import type { DataCenterId } from "../../contract/id.ts";
import { OperationId } from "../../contract/id.ts";
import { Operation, type OperationKind } from "../../contract/operation.ts";
import type { Step } from "../../contract/release.ts";
import { dataCenterPatienceSeconds, stepsFor } from "../../domain/operation.ts";
import { placeOf } from "../../domain/movement.ts";
import type { Caller, Follow } from "../change.ts";
import { type ComponentRecord, components, operationRows, watches } from "../component-tables.ts";
import type { Core } from "../core.ts";
import { type Effects, publishOperation } from "../effects.ts";
import { listAll, put } from "../entity.ts";

/** Every component of the team that is, or is about to be, in the data center. */
export const componentsIn = async (
  deps: Pick<Core, "table">,
  tenant: string,
  dataCenter: DataCenterId,
): Promise<ComponentRecord[]> => (await allComponents(deps, tenant)).filter((c) => isIn(c, dataCenter));

/** The same, and those that serve elsewhere by now and are not gone from there yet. */
export const componentsOnItsNodes = async (
  deps: Pick<Core, "table">,
  tenant: string,
  dataCenter: DataCenterId,
): Promise<ComponentRecord[]> =>
  (await allComponents(deps, tenant)).filter((c) => isIn(c, dataCenter) || isLeavingFrom(c, dataCenter));

const isIn = (c: ComponentRecord, dataCenter: DataCenterId): boolean => placeOf(c) === dataCenter || c.dataCenter === dataCenter;
export const isLeavingFrom = ({ moving }: ComponentRecord, dataCenter: DataCenterId): boolean =>
  moving !== null && moving.phase !== "starting" && moving.from === dataCenter;
const allComponents = (deps: Pick<Core, "table">, tenant: string): Promise<ComponentRecord[]> =>
  listAll(deps.table, components, { pk: `tenant#${tenant}`, prefix: "component#" });

interface NewOperation {
  readonly kind: OperationKind;
  readonly dataCenter: DataCenterId;
  readonly node?: string;
  readonly steps?: readonly Step[];
  readonly patienceSeconds: number;
}

/** An operation of a data center, or of one of its nodes; the sweep ends it when its time is over. */
export function newOperation(
  deps: Pick<Core, "ids" | "clock">,
  caller: Caller,
  asked: NewOperation,
): Effects & { readonly operation: Operation } {
  const now = deps.clock.now();
  const operation = Operation.parse({
    id: OperationId.parse(deps.ids.next("op")),
    tenant: caller.tenant,
    application: null,
    component: null,
    dataCenter: asked.dataCenter,
    node: asked.node ?? null,
    parent: null,
    kind: asked.kind,
    state: "running",
    steps: asked.steps ?? stepsFor(asked.kind, false),
    target: null,
    build: null,
    release: null,
    failure: null,
    actor: caller.actor,
    createdAt: now.toISOString(),
    deadline: new Date(now.getTime() + asked.patienceSeconds * 1_000).toISOString(),
    endedAt: null,
    generation: 1,
  });
  const { tenant, id, deadline } = operation;
  return {
    operation,
    writes: [put(operationRows, operation), put(watches, { kind: "operation", tenant, id, dueAt: deadline, generation: 1 })],
    commands: [publishOperation(operation)],
  };
}

const stepOf = ({ id, name }: ComponentRecord): Step => ({
  name: id,
  state: "waiting",
  startedAt: null,
  endedAt: null,
  message: null,
  params: { label: name },
});
/** Its steps, and one for each component that came between the look through the data center and the end of new ones there. */
export async function stepsWithLate(
  deps: Pick<Core, "table">,
  { tenant, dataCenter, kind, steps }: Operation,
): Promise<readonly Step[]> {
  if (dataCenter === null) return steps;
  const known = new Set(steps.map(({ name }) => name));
  const touched = kind === "leave" ? componentsOnItsNodes : componentsIn;
  return [...steps, ...(await touched(deps, tenant, dataCenter)).filter(({ id }) => !known.has(id)).map(stepOf)];
}

/** A data center's operation with a step for each component, in this order, and the command that begins them. */
export function begunOperation(
  deps: Pick<Core, "ids" | "clock">,
  caller: Caller,
  asked: { kind: "drain" | "leave"; dataCenter: DataCenterId; parts: readonly ComponentRecord[] },
): Effects & { readonly operation: Operation } {
  const { kind, dataCenter } = asked;
  const steps = asked.parts.map(stepOf);
  const made = newOperation(deps, caller, { kind, dataCenter, steps, patienceSeconds: dataCenterPatienceSeconds });
  const begin: Follow = { kind: "advanceOperation", version: 1, tenant: caller.tenant, operation: made.operation.id };
  return { ...made, commands: [...made.commands, begin] };
}
