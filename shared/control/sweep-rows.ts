import * as z from "zod";
import { faultOf } from "../base/fault.ts";
import type { TenantId } from "../contract/id.ts";
import type { Key, Row } from "../ports/table.ts";
import type { Core } from "./core.ts";
import { allRows, type Entity, entity, read } from "./entity.ts";
import { forTeam } from "./tenant-scope.ts";

/** What it looked at, and at how much of it in vain. */
export interface Swept {
  readonly looked: number;
  readonly failed: number;
}

const Place = z.object({ sweep: z.string(), after: z.string(), generation: z.int() });
/** Where a sweep of the list stopped, beside the list. */
const places = entity("sweep-place", Place, ({ sweep }) => ({ key: placeKey(sweep) }));
const placeKey = (sweep: string): Key => ({ pk: sweep, sk: "place" });

/** Enough to be quick, few enough to leave the store and the builders' service to people. */
const atOnce = 16;
/** Three sweeps run one after the other in a minute (sweep-watches in serverless.yml), and what has begun ends after it. */
const budgetMs = 15_000;
/** As `allRows` reads. */
const rowsMax = 10_000;

/**
 * Looks at the rows of a list by what their teams may reach, some at once, and for so long: the next time goes on where this one stopped, so that however
 * many there are, each is looked at before any is again. What one throws is told, and the others do not wait for it.
 */
export async function sweepRows<D extends Core, T extends { readonly tenant: TenantId; generation: number }>(
  deps: D,
  query: { readonly pk: string; readonly byIndex: true },
  kind: Entity<T>,
  look: (deps: D, value: T) => Promise<void>,
): Promise<Swept> {
  const { place, rows } = await rowsFrom(deps, query);
  const until = deps.clock.monotonicMs() + budgetMs;
  let [taken, failed] = [0, 0];
  let stopped: Promise<void> | undefined;
  const lookOn = async (): Promise<void> => {
    for (let row = rows[taken]; row !== undefined; row = rows[taken]) {
      // Kept at once: one of those that have begun may never end.
      if (deps.clock.monotonicMs() >= until) {
        stopped ??= keepPlace(deps, query.pk, place, rows[taken - 1]);
        return stopped;
      }
      taken++;
      if (!(await lookedAt(deps, row, kind, look))) failed++;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, rows.length) }, lookOn));
  if (!stopped) await keepPlace(deps, query.pk, place, rows.length < rowsMax ? undefined : rows.at(-1));
  return { looked: taken, failed };
}

function lookedAt<D extends Core, T extends { readonly tenant: TenantId; generation: number }>(
  deps: D,
  row: Row,
  kind: Entity<T>,
  look: (deps: D, value: T) => Promise<void>,
): Promise<boolean> {
  const about = { tenant: teamOf(row), id: row.sk.split("#").at(-1) };
  return toldFailure(deps, about, async () => {
    const value = kind.fromRow(row);
    await look(forTeam(deps, value.tenant), value);
  });
}

type Place = z.infer<typeof Place>;
const sortOf = (row: Row): string => row.index?.sk ?? row.sk;

/** Those after where it stopped, then those before. */
async function rowsFrom({ table }: Core, query: { readonly pk: string; readonly byIndex: true }) {
  const all = await allRows(table, query, rowsMax);
  const place = all.length > 0 ? await read(table, places, placeKey(query.pk)) : undefined;
  if (place === undefined) return { place, rows: all };
  const ahead = await allRows(table, { ...query, after: place.after }, rowsMax);
  return { place, rows: [...ahead, ...all.filter((row) => sortOf(row) <= place.after)] };
}

async function keepPlace({ table }: Core, sweep: string, place: Place | undefined, last: Row | undefined): Promise<void> {
  if (last) await table.transact([{ kind: "put", row: places.toRow({ sweep, after: sortOf(last), generation: 1 }) }]);
  else if (place) await table.transact([{ kind: "remove", key: placeKey(sweep) }]);
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
