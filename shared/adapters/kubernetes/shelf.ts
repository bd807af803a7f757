import { DatabaseSync } from "node:sqlite";
import { type Likeness, likeness } from "./likeness.ts";

/** Where a cache keeps its objects, each by its key and, if it has one, by a word that several may share. */
export interface Shelf<T> {
  get(key: string): T | undefined;
  of(word: string): readonly T[];
  all(): readonly T[];
  put(key: string, word: string | undefined, object: T): void;
  drop(key: string): void;
  /** These in place of all. */
  fill(entries: readonly Entry<T>[]): void;
}
export type Entry<T> = readonly [key: string, word: string | undefined, object: T];

/** For what is few, or looked at all the time. */
export function memoryShelf<T>(): Shelf<T> {
  const objects = new Map<string, readonly [word: string | undefined, object: T]>();
  const words = new Map<string, Map<string, T>>();
  function drop(key: string): void {
    const [word] = objects.get(key) ?? [];
    objects.delete(key);
    if (word === undefined) return;
    words.get(word)?.delete(key);
    if (words.get(word)?.size === 0) words.delete(word);
  }
  function put(key: string, word: string | undefined, object: T): void {
    drop(key);
    objects.set(key, [word, object]);
    if (word !== undefined) words.set(word, (words.get(word) ?? new Map<string, T>()).set(key, object));
  }
  return {
    get: (key) => objects.get(key)?.[1],
    of: (word) => [...(words.get(word)?.values() ?? [])],
    all: () => [...objects.values()].map(([, object]) => object),
    put,
    drop,
    fill(entries) {
      objects.clear();
      words.clear();
      for (const [key, word, object] of entries) put(key, word, object);
    },
  };
}

/** Pages of the file that stay in memory. */
const pagesKib = 1_024;

export interface DiskShelves {
  /** A new one, with nothing on it. Objects of the same `kind` are alike. */
  shelf<T>(kind: string): Shelf<T>;
}

/**
 * For what is many and rests: a file that nobody sees and that is gone with the process, as it holds nothing that the cluster would not tell anew. It is
 * small, as pages of a file that is written count as memory of the container: 15 MB for ten thousand components. Reading one object takes some 10 µs.
 */
export function diskShelves(): DiskShelves {
  const sql = new DatabaseSync("");
  sql.exec(`
    PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -${pagesKib};
    CREATE TABLE objects (id INTEGER PRIMARY KEY, shelf INTEGER, key TEXT, word TEXT, object TEXT);
    CREATE UNIQUE INDEX keys ON objects (shelf, key);
    CREATE INDEX words ON objects (word, shelf);
  `);
  const byKey = sql.prepare("SELECT object FROM objects WHERE shelf = ? AND key = ?");
  const byWord = sql.prepare("SELECT object FROM objects WHERE word = ? AND shelf = ?");
  const byShelf = sql.prepare("SELECT object FROM objects WHERE shelf = ?");
  const write = sql.prepare(`
    INSERT INTO objects (shelf, key, word, object) VALUES (?, ?, ?, ?)
    ON CONFLICT (shelf, key) DO UPDATE SET word = excluded.word, object = excluded.object
  `);
  const remove = sql.prepare("DELETE FROM objects WHERE shelf = ? AND key = ?");
  const clear = sql.prepare("DELETE FROM objects WHERE shelf = ?");
  const likenesses = new Map<string, Likeness>();
  function likenessOf(kind: string): Likeness {
    const known = likenesses.get(kind) ?? likeness();
    likenesses.set(kind, known);
    return known;
  }
  let count = 0;
  return {
    shelf<T>(kind: string): Shelf<T> {
      const shelf = ++count;
      const { pack, unpack } = likenessOf(kind);
      const put = (key: string, word: string | undefined, object: T): void =>
        void write.run(shelf, key, word ?? null, pack(JSON.stringify(object)));
      const read = (row: Record<string, unknown>): T => JSON.parse(unpack(String(row["object"]))) as T;
      return {
        get(key) {
          const row = byKey.get(shelf, key);
          return row && read(row);
        },
        of: (word) => byWord.all(word, shelf).map(read),
        all: () => byShelf.all(shelf).map(read),
        put,
        drop: (key) => void remove.run(shelf, key),
        fill(entries) {
          sql.exec("BEGIN");
          try {
            clear.run(shelf);
            for (const entry of entries) put(...entry);
            sql.exec("COMMIT");
          } catch (error) {
            if (sql.isTransaction) sql.exec("ROLLBACK");
            throw error;
          }
        },
      };
    },
  };
}
