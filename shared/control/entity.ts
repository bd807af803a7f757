import type * as z from "zod";
import { Fault } from "../base/fault.ts";
import type { Page } from "../base/page.ts";
import type { Key, Row, Table, TableQuery, Write } from "../ports/table.ts";

export interface Place {
  readonly key: Key;
  readonly index?: Key;
  readonly expiresAt?: Date;
}
type Versioned = { generation: number };

/** One kind of stored value: its schema and its keys. Rows are parsed on the way out, so drifted data fails where it is read. */
export interface Entity<T extends Versioned> {
  readonly name: string;
  readonly place: (value: T) => Place;
  readonly toRow: (value: T) => Row;
  readonly fromRow: (row: Row) => T;
}

export function entity<S extends z.ZodType<Versioned>>(
  name: string,
  schema: S,
  place: (value: z.infer<S>) => Place,
): Entity<z.infer<S>> {
  return {
    name,
    place,
    toRow: (value) => {
      const { key, index, expiresAt } = place(value);
      return {
        ...key,
        generation: value.generation,
        value: schema.parse(value) as Record<string, unknown>,
        ...(index && { index }),
        ...(expiresAt && { expiresAt }),
      };
    },
    fromRow: (row) => {
      const parsed = schema.safeParse(row.value);
      if (!parsed.success)
        throw new Fault("internal", "A stored record has a shape we do not know.", {
          cause: parsed.error,
          detail: { entity: name, pk: row.pk, sk: row.sk },
        });
      return parsed.data;
    },
  };
}

export async function read<T extends Versioned>(table: Table, kind: Entity<T>, key: Key): Promise<T | undefined> {
  const row = await table.get(key);
  return row && kind.fromRow(row);
}

export async function list<T extends Versioned>(table: Table, kind: Entity<T>, query: TableQuery): Promise<Page<T>> {
  const page = await table.query(query);
  return { items: page.items.map(kind.fromRow), ...(page.next !== undefined && { next: page.next }) };
}

/** Every row of a query, page by page, up to `max` (a bound against runaway reads). */
export async function listAll<T extends Versioned>(
  table: Table,
  kind: Entity<T>,
  query: Omit<TableQuery, "limit" | "page">,
  max = 10_000,
): Promise<T[]> {
  const items: T[] = [];
  let page: string | undefined;
  do {
    const got = await list(table, kind, { ...query, limit: 1_000, ...(page !== undefined && { page }) });
    items.push(...got.items);
    page = got.next;
  } while (page !== undefined && items.length < max);
  return items;
}

/** Puts the value if the stored generation is the one before its own. */
export const put = <T extends Versioned>(kind: Entity<T>, value: T): Write => ({
  kind: "put",
  row: kind.toRow(value),
  expected: value.generation - 1,
});
export const remove = <T extends Versioned>(kind: Entity<T>, value: T): Write => ({
  kind: "remove",
  key: kind.place(value).key,
  expected: value.generation,
});
/** The same value one generation on. */
export const next = <T extends Versioned>(value: T, changes: Partial<T>): T => ({
  ...value,
  ...changes,
  generation: value.generation + 1,
});
