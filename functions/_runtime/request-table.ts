import type { Key, Row, Table, TableQuery } from "../../shared/ports/table.ts";

/** As many as a store takes at once (shared/adapters/table-rules.ts). */
const batchMax = 100;
const nameOf = ({ pk, sk }: Key): string => JSON.stringify([pk, sk]);

/** The store as a request uses it: what is read in one turn is one round trip. Callers need not gather keys themselves. */
export function gathering(table: Table): Table {
  let asked = new Map<string, Asked>();
  const readAll = () => {
    const all = [...asked.values()];
    asked = new Map();
    for (let at = 0; at < all.length; at += batchMax) void readTogether(table, all.slice(at, at + batchMax));
  };
  return {
    get: (key) => {
      const name = nameOf(key);
      const known = asked.get(name) ?? askedFor(key);
      if (asked.size === 0) queueMicrotask(readAll);
      asked.set(name, known);
      return known.row;
    },
    getAll: (keys) => table.getAll(keys),
    query: (query) => table.query(query),
    transact: (writes) => table.transact(writes),
  };
}

interface Asked {
  readonly key: Key;
  readonly row: Promise<Row | undefined>;
  readonly resolve: (row: Row | undefined) => void;
  readonly reject: (error: unknown) => void;
}
const askedFor = (key: Key): Asked => {
  const { promise, resolve, reject } = Promise.withResolvers<Row | undefined>();
  return { key, row: promise, resolve, reject };
};

async function readTogether(table: Table, asked: readonly Asked[]): Promise<void> {
  const [first] = asked;
  try {
    const keys = asked.map(({ key }) => key);
    const rows = asked.length === 1 && first ? [await table.get(first.key)] : await table.getAll(keys);
    for (const [at, { resolve }] of asked.entries()) resolve(rows[at]);
  } catch (error) {
    for (const { reject } of asked) reject(error);
  }
}

/**
 * For a request that only reads: the same read twice is one, so that what it will need can be read ahead, beside the rows that say
 * who asks. A write forgets everything.
 */
export function remembering(table: Table): Table {
  const rows = new Map<string, Promise<Row | undefined>>();
  const pages = new Map<string, ReturnType<Table["query"]>>();
  return {
    get: (key) => remembered(rows, nameOf(key), () => table.get(key)),
    getAll: (keys) => table.getAll(keys),
    query: (query) => remembered(pages, pageNameOf(query), () => table.query(query)),
    transact: (writes) => {
      rows.clear();
      pages.clear();
      return table.transact(writes);
    },
  };
}

const pageNameOf = (query: TableQuery): string => JSON.stringify(Object.entries(query).sort(([a], [b]) => (a < b ? -1 : 1)));

function remembered<T>(known: Map<string, Promise<T>>, name: string, read: () => Promise<T>): Promise<T> {
  const earlier = known.get(name);
  if (earlier) return earlier;
  const reading = read();
  known.set(name, reading);
  return reading;
}
