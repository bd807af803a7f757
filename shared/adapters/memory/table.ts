import type { Key, Row, Table, TableQuery, Write } from "../../ports/table.ts";
import {
  checkKeys,
  checkQuery,
  checkWrites,
  conflicting,
  keyOf,
  pageOf,
  pageToken,
  rowText,
  type PageToken,
} from "../table-rules.ts";

/** By UTF-8 bytes, as DynamoDB and SQLite sort. */
const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const compareTokens = (a: PageToken, b: PageToken): number => compare(a[0], b[0]) || compare(a[1], b[1]) || compare(a[2], b[2]);

const name = ({ pk, sk }: Key) => JSON.stringify([pk, sk]);

/** `begin`: rows of another one. */
export function memoryTable(begin?: ReadonlyMap<string, Row>): Table & { readonly rows: ReadonlyMap<string, Row> } {
  const rows = new Map<string, Row>(begin);
  return {
    rows,
    get: async (key) => rows.get(name(key)),
    getAll: async (keys) => {
      checkKeys(keys);
      return keys.map((key) => rows.get(name(key)));
    },
    query: async (query) => {
      checkQuery(query);
      return pageFor([...rows.values()], query);
    },
    transact: async (writes) => {
      checkWrites(writes);
      const stored = writes.map((write) => (write.kind === "put" ? storedOf(write.row) : undefined));
      const failed = writes.filter((write) => !holds(write, rows.get(name(keyOf(write)))));
      if (failed.length > 0) throw conflicting(failed.map(keyOf));
      for (const [at, write] of writes.entries()) {
        const row = stored[at];
        if (row) rows.set(name(row), row);
        else if (write.kind === "remove") rows.delete(name(write.key));
      }
    },
  };
}

const holds = (write: Write, row: Row | undefined): boolean =>
  write.expected === undefined || write.expected === (row?.generation ?? 0);
/** Nobody can change it, so that it need not be copied for every reader. */
const storedOf = (row: Row): Row => frozen({ ...row, value: JSON.parse(rowText(row)) });
function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}

function pageFor(rows: readonly Row[], query: TableQuery) {
  const from = query.page === undefined ? undefined : pageToken(query.page);
  const sign = query.descending ? -1 : 1;
  const found = rows
    .map((row) => ({ row, key: query.byIndex ? row.index : row }))
    .filter(
      ({ key }) =>
        key !== undefined &&
        key.pk === query.pk &&
        key.sk.startsWith(query.prefix ?? "") &&
        (query.after === undefined || compare(key.sk, query.after) > 0),
    )
    .map(({ row, key }) => ({ row, token: [key?.sk ?? "", row.pk, row.sk] as const }))
    .filter(({ token }) => from === undefined || compareTokens(token, from) * sign > 0)
    .sort((a, b) => compareTokens(a.token, b.token) * sign);
  const items = found.slice(0, query.limit);
  const last = items.at(-1);
  return {
    items: items.map(({ row }) => row),
    ...(last && found.length > items.length ? { next: pageOf(last.token) } : {}),
  };
}
