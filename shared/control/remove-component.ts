import type { ComponentId, OperationId, TenantId } from "../contract/id.ts";
import type { Operation } from "../contract/operation.ts";
import type { Write } from "../ports/table.ts";
import { beginOperation } from "./begin-operation.ts";
import { systemCaller } from "./caller.ts";
import { type Caller, commit } from "./change.ts";
import { type ComponentRecord, componentNames, components, hosts, keyOf } from "./component-tables.ts";
import type { ViewDeps } from "./component-view.ts";
import type { Core } from "./core.ts";
import { type Effects, publish, together } from "./effects.ts";
import { movedOperation, openOperation } from "./end-operation.ts";
import { read } from "./entity.ts";

/** The data center is told to remove what runs; when it says that nothing is left, the component goes (`goneComponent`). */
export async function removeComponent(
  deps: Core & ViewDeps,
  caller: Caller,
  component: ComponentId,
  parent?: OperationId,
): Promise<Operation> {
  const { operation } = await beginOperation(deps, caller, { component, kind: "remove", parent }, async (record) => ({
    changes: { removing: true },
    ...(record.desired > 0 && { desired: { release: null } }),
    audit: [{ path: "", before: record.name, after: null }],
  }));
  return operation.target === null ? ((await finishUndeployedRemoval(deps, caller.tenant, component)) ?? operation) : operation;
}

/** What never was in a data center is gone at once. The operation sweep comes here too, should this process die before. */
export async function finishUndeployedRemoval(
  deps: Core,
  tenant: TenantId,
  component: ComponentId,
): Promise<Operation | undefined> {
  const record = await read(deps.table, components, keyOf.component(tenant, component));
  if (!record?.removing || record.desired > 0) return undefined;
  const open = await openOperation(deps, record);
  if (!open) return undefined;
  const ended = movedOperation(open, { kind: "succeeded", at: deps.clock.now().toISOString() });
  const set = together(ended, goneComponent(record));
  return commit(deps, systemCaller(tenant, "componentRemove"), set, ended.operation);
}

/** Nothing of it is left in its data center: the component, its name and its address are free again; the rest is purged. */
export function goneComponent(record: ComponentRecord): Effects {
  const { tenant, id, application, name, host, dataCenter } = record;
  const keys = [
    componentNames.place({ tenant, application, name, component: id, generation: 1 }).key,
    hosts.place({ label: host, tenant, component: id, generation: 1 }).key,
    keyOf.status(tenant, id),
    keyOf.variables(tenant, id),
    keyOf.desired(dataCenter, id),
  ];
  const own: Write = { kind: "remove", key: components.place(record).key, expected: record.generation };
  return {
    writes: [own, ...keys.map((key): Write => ({ kind: "remove", key }))],
    commands: [{ kind: "purgeComponent", version: 1, tenant, component: id }, publish(tenant, "component", id, application)],
  };
}
