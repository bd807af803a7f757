import type { Component } from "../contract/component.ts";
import type { Build } from "../contract/release.ts";
import { urlOf } from "../domain/component.ts";
import { placeOf } from "../domain/movement.ts";
import { statusOf } from "../domain/status.ts";
import type { Clock } from "../ports/clock.ts";
import type { Repositories } from "../ports/repositories.ts";
import type { Table } from "../ports/table.ts";
import {
  applications,
  builds,
  type ComponentRecord,
  type DataCenterRecord,
  dataCenters,
  keyOf,
  type StatusRow,
  statuses,
} from "./component-tables.ts";
import { isConnected } from "./data-center-view.ts";
import { unfinished } from "./end-operation.ts";
import { read } from "./entity.ts";

export interface ViewDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly repositories: Pick<Repositories, "publicUrl">;
}
interface Beside {
  readonly status: StatusRow | undefined;
  readonly dataCenter: DataCenterRecord | undefined;
  readonly build: Pick<Build, "state"> | undefined;
  readonly repositoryUrl: string | null;
}

/** The component as the API shows it: what is wanted, what was observed, and both in words. */
export async function viewComponent(deps: ViewDeps, record: ComponentRecord, more: Partial<Beside> = {}): Promise<Component> {
  const [status, dataCenter, build, repositoryUrl] = await Promise.all([
    read(deps.table, statuses, keyOf.status(record.tenant, record.id)),
    read(deps.table, dataCenters, keyOf.dataCenter(placeOf(record))),
    more.build ?? buildUnderWay(deps, record),
    repositoryUrlOf(deps, record),
  ]);
  return componentFrom(record, { status, dataCenter, build, repositoryUrl }, deps.clock.now());
}

export const viewComponents = (deps: ViewDeps, records: readonly ComponentRecord[]): Promise<Component[]> =>
  Promise.all(records.map((record) => viewComponent(deps, record)));

async function buildUnderWay(deps: ViewDeps, record: ComponentRecord): Promise<Pick<Build, "state"> | undefined> {
  if (record.build === null || record.newest?.kind !== "deploy" || !unfinished(record)) return undefined;
  return read(deps.table, builds, keyOf.build(record.tenant, record.build));
}

async function repositoryUrlOf(deps: ViewDeps, record: ComponentRecord): Promise<string | null> {
  if (record.source.kind !== "push") return null;
  const application = await read(deps.table, applications, keyOf.application(record.tenant, record.application));
  return application ? deps.repositories.publicUrl({ application: application.name, component: record.name }) : null;
}

function componentFrom(record: ComponentRecord, beside: Beside, now: Date): Component {
  const { host: _h, restart: _r, nextRelease: _n, replicas, deployed: _d, newest, infersPorts: _i, ...shown } = record;
  const { revision, desired, generation, releasedSize: _s, ...kept } = shown;
  const observation = beside.status?.observation ?? null;
  const addresses = observation?.addresses ?? [];
  return {
    ...kept,
    credential: record.credential?.kind ?? null,
    ...statusOf({
      kind: record.configuration.kind,
      wanted: record.wanted,
      replicas,
      generation: desired,
      release: record.release,
      operation: newest,
      build: beside.build ?? null,
      observation,
      connected: beside.dataCenter !== undefined && isConnected(beside.dataCenter, now),
    }),
    instances: observation?.instances ?? [],
    url: urlOf(addresses),
    addresses,
    operation: newest !== null && unfinished(record) ? newest.id : null,
    repositoryUrl: beside.repositoryUrl,
    generation: revision,
    observedGeneration: observation?.generation ?? 0,
    sequence: generation + (beside.status?.generation ?? 0),
  };
}
