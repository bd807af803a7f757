import type { Command } from "../contract/commands.ts";
import type { Configuration } from "../contract/component.ts";
import type { ComponentId, TenantId } from "../contract/id.ts";
import { sameData } from "../domain/release.ts";
import type { Table } from "../ports/table.ts";
import { systemCaller } from "./caller.ts";
import { commit, onConflictRetry, sendEach } from "./change.ts";
import { type ComponentRecord, components, desiredRows, keyOf, releases } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { bindingsFor, desire } from "./desire.ts";
import { publish, together } from "./effects.ts";
import { listAll, next, put, read } from "./entity.ts";
import { limitsFor } from "./quota.ts";

const kept = (deps: { table: Table }, record: ComponentRecord) =>
  read(deps.table, desiredRows, keyOf.desired(record.dataCenter, record.id));

/** Whether its data center was told where everything it depends on is now. */
export async function isBound(deps: { table: Table }, record: ComponentRecord): Promise<boolean> {
  const workload = (await kept(deps, record))?.workload;
  if (!workload) return true;
  return sameData(workload.bindings, await bindingsFor(deps, record, workload.configuration.dependencies));
}

/** Whether its data center was told what its team may have by now. */
async function knowsLimits(deps: Core, record: ComponentRecord): Promise<boolean> {
  const workload = (await kept(deps, record))?.workload;
  if (!workload) return true;
  const { generation: _, ...now } = await limitsFor(deps, record.tenant);
  const { generation: __, ...told } = workload.limits ?? { generation: 0 };
  return sameData(told, now);
}

/**
 * P10: what it depends on is at another address, as that moved or its data center did: its instances are replaced, one after the
 * other, by ones that know. Or its team has other limits, which replaces none. The same release, and no operation: nobody asked for anything.
 */
export const rebindComponent = (deps: Core, asked: { tenant: TenantId; component: ComponentId }): Promise<void> =>
  onConflictRetry(deps, async () => {
    const record = await read(deps.table, components, keyOf.component(asked.tenant, asked.component));
    if (!record?.release || record.desired === 0 || record.removing) return;
    if ((await isBound(deps, record)) && (await knowsLimits(deps, record))) return;
    const release = await read(deps.table, releases, keyOf.release(record.tenant, record.id, record.release.number));
    if (!release) return;
    const revision = record.revision + 1;
    const after = next(record, { revision, desired: revision });
    const own = { writes: [put(components, after)], commands: [publish(record.tenant, "component", record.id)] };
    const set = together(await desire(deps, after, release), own);
    await commit(deps, systemCaller(record.tenant, "rebindComponent"), set, undefined);
  });

/** Those that depend on it, and those that still run as they did when they depended on it. */
export async function dependentsNow(deps: { table: Table }, { tenant, id }: Pick<ComponentRecord, "tenant" | "id">) {
  const all = await listAll(deps.table, components, { pk: `tenant#${tenant}`, prefix: "component#" });
  const isOn = ({ dependencies }: Pick<Configuration, "dependencies">) => dependencies.some((d) => d.component === id);
  const found = all.map(async (c) => {
    if (isOn(c.configuration)) return [c];
    const workload = c.undeployed ? (await kept(deps, c))?.workload : undefined;
    return workload && isOn(workload.configuration) ? [c] : [];
  });
  return (await Promise.all(found)).flat();
}

/** There may be hundreds, more than one transaction holds: each looks by a command of its own. */
export async function rebindDependents(
  deps: Core,
  { tenant, component }: { tenant: TenantId; component: ComponentId },
): Promise<void> {
  const dependents = await dependentsNow(deps, { tenant, id: component });
  const rebind = ({ id }: ComponentRecord): Command => ({ kind: "rebindComponent", version: 1, tenant, component: id });
  await sendEach(deps, { tenant }, dependents.map(rebind));
}
