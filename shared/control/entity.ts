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

type Fields = Readonly<Record<string, unknown>>;
/**
 * A change of a record's shape, forward and back. While a step is listed, rows hold the fields of both shapes: the version before reads what this one wrote, so
 * that a deploy can be taken back at any time. Keys do not change by it.
 */
export interface ShapeStep {
  /** The fields that the newer shape adds, of a row of the older one. */
  readonly up: (older: Fields) => Fields;
  /** The fields that the older shape needs, of a value of the newer one. */
  readonly down: (newer: Fields) => Fields;
}

/** How many steps a row has behind it; absent: none. */
const shapeField = "_shape";
/**
 * Fields that a newer version wrote go along unread, each with the object it is in, from a read to the write that follows from it: they stay as long as that object is
 * carried on or copied with changes, and go with an object that another takes the place of. Nothing that turns values into JSON sees them.
 */
const unread = Symbol("fields of a newer version");

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
  steps: readonly ShapeStep[] = [],
): Entity<z.infer<S>> {
  return {
    name,
    place,
    toRow: (value) => {
      const { key, index, expiresAt } = place(value);
      return {
        ...key,
        generation: value.generation,
        value: kept(withInside(schema.parse(value), value as Fields), value, steps),
        ...(index && { index }),
        ...(expiresAt && { expiresAt }),
      };
    },
    fromRow: (row) => {
      const fields = current(row.value, steps);
      const parsed = schema.safeParse(fields);
      if (!parsed.success)
        throw new Fault("internal", "A stored record has a shape we do not know.", {
          cause: parsed.error,
          detail: { entity: name, pk: row.pk, sk: row.sk },
        });
      return withUnread(parsed.data, fields);
    },
  };
}

/** Fields of both shapes, of all steps; what a newer version wrote stays beside them. That version finds by the number of steps that it was not the last to write. */
function kept(own: Fields, value: object, steps: readonly ShapeStep[]): Record<string, unknown> {
  let all = own;
  for (const { down } of steps.toReversed()) all = { ...all, ...down(all) };
  return { ...othersOf(value), ...all, ...own, ...(steps.length > 0 && { [shapeField]: steps.length }) };
}

function current(row: Fields, steps: readonly ShapeStep[]): Fields {
  const { [shapeField]: behind = 0, ...fields } = row;
  let all: Fields = fields;
  for (const { up } of steps.slice(Number(behind))) all = { ...all, ...up(all) };
  return all;
}

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const othersOf = (value: object): Fields | undefined => (value as { [unread]?: Fields })[unread];

/** What was read, each object with the fields that its schema does not know. */
function withUnread<T>(value: T, stored: unknown): T {
  if (Array.isArray(value)) return value.map((one, at) => withUnread(one, Array.isArray(stored) ? stored[at] : undefined)) as T;
  if (!isFields(value) || !isFields(stored)) return value;
  const others = Object.entries(stored).filter(([name]) => !(name in value));
  const inside = Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withUnread(each, stored[name])]));
  return { ...inside, ...(others.length > 0 && { [unread]: Object.fromEntries(others) }) } as T;
}

/** What is to be written, with the fields that objects inside of it brought along. */
const withInside = (parsed: object, value: Fields): Fields =>
  Object.fromEntries(Object.entries(parsed).map(([name, each]) => [name, withOthers(each, value[name])]));
function withOthers(parsed: unknown, value: unknown): unknown {
  if (Array.isArray(parsed)) return parsed.map((one, at) => withOthers(one, Array.isArray(value) ? value[at] : undefined));
  return isFields(parsed) && isFields(value) ? { ...othersOf(value), ...withInside(parsed, value) } : parsed;
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
export async function allRows(table: Table, query: Omit<TableQuery, "limit" | "page">, max = 10_000): Promise<Row[]> {
  const rows: Row[] = [];
  let page: string | undefined;
  do {
    const got = await table.query({ ...query, limit: 1_000, ...(page !== undefined && { page }) });
    rows.push(...got.items);
    page = got.next;
  } while (page !== undefined && rows.length < max);
  return rows;
}
export const listAll = async <T extends Versioned>(
  table: Table,
  kind: Entity<T>,
  query: Omit<TableQuery, "limit" | "page">,
  max?: number,
): Promise<T[]> => (await allRows(table, query, max)).map(kind.fromRow);

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
