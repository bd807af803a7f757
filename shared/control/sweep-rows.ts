import { faultOf } from "../base/fault.ts";
import type { TenantId } from "../contract/id.ts";
import type { Row, TableQuery } from "../ports/table.ts";
import type { Core } from "./core.ts";
import { allRows, type Entity } from "./entity.ts";
import { forTeam } from "./tenant-scope.ts";

/** What it looked at, and at how much of it in vain. */
export interface Swept {
  readonly looked: number;
  readonly failed: number;
}

/** Looks at every row of a list by what its team may reach. What one throws is told, and the others do not wait for it. */
export async function sweepRows<D extends Core, T extends { readonly tenant: TenantId; generation: number }>(
  deps: D,
  query: Omit<TableQuery, "limit" | "page">,
  kind: Entity<T>,
  look: (deps: D, value: T) => Promise<void>,
): Promise<Swept> {
  const rows = await allRows(deps.table, query);
  let failed = 0;
  for (const row of rows) {
    const about = { tenant: teamOf(row), id: row.sk.split("#").at(-1) };
    const went = await toldFailure(deps, about, async () => {
      const value = kind.fromRow(row);
      await look(forTeam(deps, value.tenant), value);
    });
    if (!went) failed++;
  }
  return { looked: rows.length, failed };
}

/** Of a row that cannot be read, too. */
export const teamOf = (row: Pick<Row, "pk">): string => row.pk.split("#")[1] ?? "";

/** Whether it went well; if not, the log says what it was about. */
export async function toldFailure(deps: Pick<Core, "log">, about: object, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    const { code, detail, cause } = faultOf(error);
    deps.log.error({ ...about, code, detail, error: cause ?? error }, "a part of a sweep failed");
    return false;
  }
}
