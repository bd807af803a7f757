import { Fault, notFound } from "../base/fault.ts";
import type { Application } from "../contract/component.ts";
import type { Operation } from "../contract/operation.ts";
import { mayReach } from "../domain/authorize.ts";
import type { Table } from "../ports/table.ts";
import type { Caller } from "./change.ts";
import {
  applications,
  type BuildRecord,
  builds,
  type ComponentRecord,
  components,
  dataCenters,
  type DataCenterRecord,
  keyOf,
  operationRows,
  type ReleaseRecord,
  releases,
} from "./component-tables.ts";
import { list, read } from "./entity.ts";

type From = { readonly table: Table };
type Asker = Pick<Caller, "tenant" | "applications">;

/** @throws Fault `not_found`, also for what belongs to another team. */
export async function findApplication(deps: From, caller: Asker, id: string): Promise<Application> {
  const found = await read(deps.table, applications, keyOf.application(caller.tenant, id));
  if (!found || !mayReach(caller, id)) throw notFound("application", id);
  return found;
}
export async function findComponent(deps: From, caller: Asker, id: string): Promise<ComponentRecord> {
  const found = await read(deps.table, components, keyOf.component(caller.tenant, id));
  if (!found || !mayReach(caller, found.application)) throw notFound("component", id);
  return found;
}
export async function findOperation(deps: From, caller: Asker, id: string): Promise<Operation> {
  const found = await read(deps.table, operationRows, keyOf.operation(caller.tenant, id));
  if (!found || !mayReach(caller, found.application)) throw notFound("operation", id);
  return found;
}
/** A build says its component; whether that may be seen, the component decides. */
export async function findBuild(deps: From, caller: Asker, id: string): Promise<BuildRecord> {
  const found = await read(deps.table, builds, keyOf.build(caller.tenant, id));
  if (!found) throw notFound("build", id);
  if (caller.applications === null) return found;
  const component = await read(deps.table, components, keyOf.component(caller.tenant, found.component));
  if (!component || !mayReach(caller, component.application)) throw notFound("build", id);
  return found;
}
/** By id, and only of this component. */
export async function findRelease(deps: From, component: ComponentRecord, id: string): Promise<ReleaseRecord> {
  const { items } = await list(deps.table, releases, {
    pk: `tenant#${component.tenant}#release`,
    prefix: id,
    byIndex: true,
    limit: 1,
  });
  const found = items[0];
  if (!found || found.id !== id || found.component !== component.id) throw notFound("release", id);
  return found;
}
export async function findDataCenter(deps: From, caller: Asker, id: string): Promise<DataCenterRecord> {
  const found = await read(deps.table, dataCenters, keyOf.dataCenter(id));
  if (!found || (found.tenant !== null && found.tenant !== caller.tenant)) throw notFound("data center", id);
  return found;
}

/** One that the team may change. @throws Fault `forbidden` for one that the platform offers to everyone. */
export async function findOwnDataCenter(deps: From, caller: Asker, id: string): Promise<DataCenterRecord> {
  const found = await findDataCenter(deps, caller, id);
  if (found.tenant !== null) return found;
  throw new Fault("forbidden", `The data center ${found.name} is offered by the platform to every team; no team may change it.`, {
    next: "Ask the platform's operator, or join a cluster of your own.",
    reason: "data-center.platform",
    params: { name: found.name },
  });
}
