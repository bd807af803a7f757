import { readFileSync } from "node:fs";
import { chmod, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import * as z from "zod";

/** Replaces a file as a whole: after a crash it holds the old content or the new, never a part. Mode 0600: state has secrets in it. */
export async function writeDurably(path: string, content: string): Promise<void> {
  const temporary = `${path}.new`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** The file's text, or undefined when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** By its name; null: none any more. */
export type Text = readonly [name: string, text: string | null];

/** Small texts that outlive the process. */
export interface Disk {
  /** undefined when there is none. */
  read(name: string): Promise<string | undefined>;
  /** All of them or none: once it resolves they are there whatever happens. */
  write(texts: Iterable<Text>): Promise<void>;
  /** Of all texts. */
  names(): Promise<readonly string[]>;
}
export interface OpenDisk extends Disk {
  close(): void;
}

/** What stays in memory, and how far the log grows before it is taken into the file: pages of both count as memory of a container. */
const [pagesKib, logPages] = [256, 256];

/** Of zlib, for short texts: what it takes for long ones, 256 KB each time, costs more than to pack them. */
const packing = { windowBits: 12, memLevel: 5 };

const fileIn = (home: string): string => join(home, "ledger.db");

/** One file, as ten thousand of their own would each have a page and an inode in memory. */
export async function diskAt(home: string): Promise<OpenDisk> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const file = fileIn(home);
  const sql = new DatabaseSync(file, { timeout: 10_000 });
  try {
    // SQLite gives its log the mode of the file.
    await chmod(file, 0o600);
    sql.exec(`
      PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -${pagesKib};
      PRAGMA wal_autocheckpoint = ${logPages}; PRAGMA journal_size_limit = ${logPages * 4_096};
      CREATE TABLE IF NOT EXISTS texts (name TEXT PRIMARY KEY, packed BLOB NOT NULL) STRICT;
    `);
    const disk = diskOf(sql);
    await takeOver(home, disk);
    return disk;
  } catch (error) {
    sql.close();
    throw error;
  }
}

function diskOf(sql: DatabaseSync): OpenDisk {
  const byName = sql.prepare("SELECT packed FROM texts WHERE name = ?");
  const all = sql.prepare("SELECT name FROM texts");
  const put = sql.prepare(
    "INSERT INTO texts (name, packed) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET packed = excluded.packed",
  );
  const remove = sql.prepare("DELETE FROM texts WHERE name = ?");
  return {
    async read(name) {
      const row = byName.get(name);
      return row && inflateRawSync(row["packed"] as Uint8Array, packing).toString();
    },
    async write(texts) {
      sql.exec("BEGIN IMMEDIATE");
      try {
        for (const [name, text] of texts) text === null ? remove.run(name) : put.run(name, deflateRawSync(text, packing));
        sql.exec("COMMIT");
      } catch (error) {
        if (sql.isTransaction) sql.exec("ROLLBACK");
        throw error;
      }
    },
    names: async () => all.all().map(({ name }) => String(name)),
    close: () => sql.close(),
  };
}

/** SQLite's numbers for a file whose pages do not fit together, and for one that is no database. */
const brokenCodes = [11, 26];

/** Whether what is on the disk makes no sense; not that it cannot be read or written now. */
export const isBroken = (error: unknown): boolean => {
  if (error instanceof SyntaxError || error instanceof z.ZodError) return true;
  const { code, errcode } = error as { code?: unknown; errcode?: number };
  return String(code).startsWith("Z_") || brokenCodes.includes((errcode ?? 0) & 0xff);
};

/** Keeps the file under another name, in place of the last one that was; answers that name. */
export async function setAside(home: string): Promise<string> {
  const file = fileIn(home);
  for (const own of ["-wal", "-shm"]) await rm(file + own, { force: true });
  await rename(file, `${file}.broken`);
  return `${file}.broken`;
}

/** Each text was a file of its own once. Ours from the moment that `progress.json` is gone; until then this begins anew. */
async function takeOver(home: string, disk: Disk): Promise<void> {
  const [folder, progress] = [join(home, "desired"), join(home, "progress.json")];
  if (await readIfThere(progress)) {
    const ours = await disk.names();
    const names = (await readdir(folder)).filter((name) => name.endsWith(".json"));
    await disk.write(
      (function* (): Generator<Text> {
        for (const name of ours) yield [name, null];
        for (const name of names) yield [`desired/${basename(name, ".json")}`, readFileSync(join(folder, name), "utf8")];
        yield ["progress", readFileSync(progress, "utf8")];
      })(),
    );
    await rm(progress);
  }
  await rm(folder, { recursive: true, force: true });
}
