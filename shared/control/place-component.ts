import { Fault } from "../base/fault.ts";
import type { Configuration } from "../contract/component.ts";
import type { DataCenter } from "../contract/data-center.ts";
import { objectionToPlacing } from "../domain/data-center.ts";
import { objectionToRunning } from "../domain/placement.ts";
import type { Write } from "../ports/table.ts";
import type { Caller } from "./change.ts";
import { type ComponentRecord, type DataCenterRecord, dataCenters, dataCentersOf, keyOf } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { viewDataCenter } from "./data-center-view.ts";
import { listAll, read } from "./entity.ts";
import { findDataCenter } from "./find.ts";

/** The given one, else the first of the platform's, else of the team's, that takes new components. @throws Fault `conflict`, `unavailable`. */
export async function placeFor(
  deps: Core,
  caller: Caller,
  id: string | undefined,
  configuration: Configuration,
): Promise<DataCenterRecord> {
  if (id !== undefined) {
    const chosen = await findDataCenter(deps, caller, id);
    assertTakes(viewDataCenter(chosen, deps.clock.now()), configuration);
    return chosen;
  }
  const all = await Promise.all(
    [null, caller.tenant].map((owner) => listAll(deps.table, dataCenters, { pk: dataCentersOf(owner), byIndex: true })),
  );
  const views = all.flat().map((record) => viewDataCenter(record, deps.clock.now()));
  const taking = views.filter((d) => objectionToPlacing(d) === null);
  const fitting = taking.find((d) => objectionToRunning(d, configuration) === null);
  // The index may have told of how it was.
  if (fitting) return placeFor(deps, caller, fitting.id, configuration);
  // The first that could take it says what it lacks.
  if (taking[0]) assertTakes(taking[0], configuration);
  throw new Fault("unavailable", "There is no data center yet that could run it.", {
    next: "Register a data center first.",
    reason: "data-center.none",
  });
}

/** Nobody gives it up, cordons or revokes it between what was read of it and what is placed there. */
export const stillTakes = ({ id, generation }: DataCenterRecord): Write => ({
  kind: "check",
  key: keyOf.dataCenter(id),
  expected: generation,
});

/** @throws Fault `conflict` when nothing new may be placed there, `invalid` when it cannot run this. */
export function assertTakes(dataCenter: DataCenter, configuration: Configuration): void {
  const closed = objectionToPlacing(dataCenter);
  if (closed) {
    const { code: reason, message, next } = closed;
    const params = { name: dataCenter.name };
    throw new Fault("conflict", message, {
      next,
      reason,
      params,
      fields: [{ path: "dataCenter", message, rule: reason, params }],
    });
  }
  assertRuns(dataCenter, configuration);
}

/** As `assertRuns`, of the data center that the component is in. */
export async function assertRunsThere(
  deps: Core,
  { dataCenter: id }: Pick<ComponentRecord, "dataCenter">,
  configuration: Configuration,
): Promise<void> {
  const dataCenter = await read(deps.table, dataCenters, keyOf.dataCenter(id));
  if (dataCenter) assertRuns(viewDataCenter(dataCenter, deps.clock.now()), configuration);
}

/** @throws Fault `invalid` naming the field that asks for what the data center cannot do. */
function assertRuns(dataCenter: DataCenter, configuration: Configuration): void {
  const found = objectionToRunning(dataCenter, configuration);
  if (!found) return;
  const { code: reason, params, message, next, path } = found;
  throw new Fault("invalid", message, { next, reason, params, fields: [{ path, message, rule: reason, params }] });
}
