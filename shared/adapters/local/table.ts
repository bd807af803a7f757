import type { Clock } from "../../ports/clock.ts";
import type { Key, Row, Table, TableQuery, Write } from "../../ports/table.ts";
import { checkKeys, checkQuery, checkWrites, conflicting, keyOf, pageOf, pageToken, rowText } from "../table-rules.ts";
import { Database } from "./database.ts";

/** Rows are removed this long after they expired. */
const expiredKeptMs = 3_600_000;
const pruneEveryMs = 60_000;

const schema = `
  CREATE TABLE IF NOT EXISTS rows (
    pk TEXT NOT NULL, sk TEXT NOT NULL, generation INTEGER NOT NULL, value TEXT NOT NULL,
    index_pk TEXT, index_sk TEXT, expires_at INTEGER, PRIMARY KEY (pk, sk)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS rows_by_index ON rows (index_pk, index_sk, pk, sk) WHERE index_pk IS NOT NULL;
  CREATE INDEX IF NOT EXISTS rows_by_expiry ON rows (expires_at) WHERE expires_at IS NOT NULL;
`;

/** Rows in one SQLite file; transactions of one turn share a commit. */
export function localTable({ path, clock }: { path: string; clock: Clock }): Table & { close(): void } {
  const database = Database.open(path);
  database.define(schema);
  let pruned = 0;

  const prune = () => {
    const now = clock.now().getTime();
    if (now - pruned < pruneEveryMs) return;
    pruned = now;
    database.statement("DELETE FROM rows WHERE expires_at < ?").run(now - expiredKeptMs);
  };
  const rowAt = ({ pk, sk }: Key): Row | undefined => {
    const found = database.statement("SELECT * FROM rows WHERE pk = ? AND sk = ?").get(pk, sk);
    return found && rowOf(found);
  };
  const holds = (write: Write): boolean => {
    if (write.expected === undefined) return true;
    const { pk, sk } = keyOf(write);
    const found = database.statement("SELECT generation FROM rows WHERE pk = ? AND sk = ?").get(pk, sk);
    return write.expected === Number(found?.generation ?? 0);
  };

  return {
    get: async (key) => rowAt(key),
    getAll: async (keys) => {
      checkKeys(keys);
      return keys.map(rowAt);
    },
    query: async (query) => {
      checkQuery(query);
      const { sql, values } = selectFor(query);
      const found = database
        .statement(sql)
        .all(...values, query.limit + 1)
        .map(rowOf);
      const items = found.slice(0, query.limit);
      const last = items.at(-1);
      return {
        items,
        ...(last && found.length > query.limit ? { next: pageOf([sortKeyOf(last, query).sk, last.pk, last.sk]) } : {}),
      };
    },
    transact: async (writes) => {
      checkWrites(writes);
      const texts = writes.map((write) => (write.kind === "put" ? rowText(write.row) : ""));
      await database.commit(() => {
        const failed = writes.filter((write) => !holds(write));
        if (failed.length > 0) throw conflicting(failed.map(keyOf));
        for (const [at, write] of writes.entries()) apply(database, write, texts[at] ?? "");
        prune();
      });
    },
    close: () => database.close(),
  };
}

function apply(database: Database, write: Write, text: string): void {
  if (write.kind === "remove") database.statement("DELETE FROM rows WHERE pk = ? AND sk = ?").run(write.key.pk, write.key.sk);
  if (write.kind !== "put") return;
  const { pk, sk, generation, index, expiresAt } = write.row;
  database
    .statement(
      "INSERT OR REPLACE INTO rows (pk, sk, generation, value, index_pk, index_sk, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .run(pk, sk, generation, text, index?.pk ?? null, index?.sk ?? null, expiresAt?.getTime() ?? null);
}

const sortKeyOf = (row: Row, query: TableQuery): Key => (query.byIndex && row.index) || row;

/** SQLite compares text by its UTF-8 bytes, as DynamoDB does. Nothing sorts after U+10FFFF. */
function selectFor(query: TableQuery): { sql: string; values: string[] } {
  const [pk, sk] = query.byIndex ? ["index_pk", "index_sk"] : ["pk", "sk"];
  const order = query.descending ? "DESC" : "ASC";
  const where = [`${pk} = ?`];
  const values = [query.pk];
  const add = (condition: string, ...more: string[]) => {
    where.push(condition);
    values.push(...more);
  };
  if (query.prefix)
    add(
      `${sk} >= ? AND ${sk} < ? AND substr(${sk}, 1, length(?)) = ?`,
      query.prefix,
      `${query.prefix}\u{10FFFF}\u{10FFFF}`,
      query.prefix,
      query.prefix,
    );
  if (query.after !== undefined) add(`${sk} > ?`, query.after);
  if (query.page !== undefined) add(`(${sk}, pk, sk) ${query.descending ? "<" : ">"} (?, ?, ?)`, ...pageToken(query.page));
  return {
    sql: `SELECT * FROM rows WHERE ${where.join(" AND ")} ORDER BY ${sk} ${order}, pk ${order}, sk ${order} LIMIT ?`,
    values,
  };
}

function rowOf(found: Record<string, unknown>): Row {
  return {
    pk: String(found.pk),
    sk: String(found.sk),
    generation: Number(found.generation),
    value: JSON.parse(String(found.value)),
    ...(found.index_pk === null ? {} : { index: { pk: String(found.index_pk), sk: String(found.index_sk) } }),
    ...(found.expires_at === null ? {} : { expiresAt: new Date(Number(found.expires_at)) }),
  };
}
