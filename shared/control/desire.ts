import { Fault } from "../base/fault.ts";
import type { WorkloadBinding } from "../contract/agent.ts";
import type { DataCenterId } from "../contract/id.ts";
import { addressOf, placeOf } from "../domain/movement.ts";
import { workloadFor } from "../domain/release.ts";
import type { Table } from "../ports/table.ts";
import {
  applications,
  type ComponentRecord,
  components,
  counters,
  type DesiredRow,
  desiredRows,
  keyOf,
  type ReleaseRecord,
  statuses,
} from "./component-tables.ts";
import type { Core } from "./core.ts";
import type { Effects } from "./effects.ts";
import { tenants } from "./tables.ts";
import { put, read } from "./entity.ts";
import { limitsFor } from "./quota.ts";

type DesireDeps = Pick<Core, "table" | "trace" | "quota">;

/**
 * Makes `release` what the data center should run of the component; null: nothing, it is removed. `record` is the component as this
 * same transaction leaves it, its `desired` grown. The counter's expected generation puts all changes of a data center in one order.
 */
export async function desire(deps: DesireDeps, record: ComponentRecord, release: ReleaseRecord | null): Promise<Effects> {
  const [counter, workload] = await Promise.all([
    read(deps.table, counters, keyOf.counter(record.dataCenter)),
    release && desiredWorkload(deps, record, release),
  ]);
  const { dataCenter, tenant } = record;
  const sequence = (counter?.sequence ?? 0) + 1;
  const row: DesiredRow = {
    dataCenter,
    tenant,
    component: record.id,
    sequence,
    workload,
    sealed: release?.sealed ?? "",
    generation: record.desired,
    ...(deps.trace !== undefined && { trace: deps.trace }),
  };
  return {
    writes: [
      put(counters, { dataCenter, sequence, generation: (counter?.generation ?? 0) + 1 }),
      // Guarded by the component's own expected generation in the same transaction.
      { kind: "put", row: desiredRows.toRow(row) },
    ],
    commands: [
      { kind: "wakeDataCenter", version: 1, tenant, dataCenter, cursor: sequence },
      // What it depends on may have got another address since that was read here, and looked through its dependents before this is written.
      ...(workload && workload.bindings.length > 0
        ? [{ kind: "rebindComponent" as const, version: 1 as const, tenant, component: record.id }]
        : []),
    ],
  };
}

/** A data center that is not the component's any more has to remove it. */
export const undesire = (
  deps: DesireDeps,
  record: ComponentRecord,
  dataCenter: DataCenterId,
  generation: number,
): Promise<Effects> => desire(deps, { ...record, dataCenter, desired: generation }, null);

async function desiredWorkload(deps: DesireDeps, record: ComponentRecord, release: ReleaseRecord) {
  const [team, limits, application, bindings] = await Promise.all([
    read(deps.table, tenants, { pk: `tenant#${record.tenant}`, sk: "tenant" }),
    limitsFor(deps, record.tenant),
    read(deps.table, applications, keyOf.application(record.tenant, record.application)),
    bindingsFor(deps, record, release.configuration.dependencies),
  ]);
  if (!application) throw new Fault("internal", "A component has no application.", { detail: { component: record.id } });
  return workloadFor({
    component: record,
    applicationName: application.name,
    release,
    replicas: record.replicas,
    bindings,
    generation: record.desired,
    requiresProvenance: team?.requiresProvenance ?? false,
    limits,
  });
}

/** Where everything it depends on is, seen from its data center. */
export const bindingsFor = async (
  deps: { table: Table },
  record: ComponentRecord,
  dependencies: readonly Dependency[],
): Promise<WorkloadBinding[]> =>
  (await Promise.all(dependencies.map((dependency) => bindingFor(deps, record, dependency)))).flat();

type Dependency = ReleaseRecord["configuration"]["dependencies"][number];
/** Nothing is bound to a component that is gone. */
async function bindingFor(deps: { table: Table }, record: ComponentRecord, dependency: Dependency): Promise<WorkloadBinding[]> {
  const target = await read(deps.table, components, keyOf.component(record.tenant, dependency.component));
  if (!target) return [];
  const port = target.configuration.ports.find((p) => p.port === dependency.port);
  const address = placeOf(target) === record.dataCenter ? undefined : await outsideAddress(deps, target, dependency.port);
  return [{ ...dependency, protocol: port?.protocol ?? "tcp", ...(address && { address }) }];
}

/** P10: in another data center it is reached as everyone reaches it. undefined: it has no such address yet. */
async function outsideAddress(deps: { table: Table }, target: ComponentRecord, port: number) {
  const status = await read(deps.table, statuses, keyOf.status(target.tenant, target.id));
  const url = status?.observation.addresses.find((a) => a.port === port)?.url;
  return url === undefined ? undefined : addressOf(url);
}
