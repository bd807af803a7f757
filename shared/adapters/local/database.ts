import { chmodSync, mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { Fault, isFault } from "../../base/fault.ts";
import { SharedSync } from "./shared-sync.ts";

/** Work of one commit at most, so that a burst cannot hold the event loop for long, and the next is made while the disk still writes this one. */
const batchMax = 256;

/** Keeps in memory what the file says, and is told of each commit it has a part in. */
export interface Partner {
  /** The write lock is held, no work was done yet. */
  begin(): void;
  /** All work was done, and is committed now. */
  end(): void;
  /** Nothing of it was committed. */
  undo(): void;
}

interface Pending {
  readonly work: () => unknown;
  readonly survives: Survives;
  readonly partner: Partner | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * What a commit outlives. Commits are kept in order: none that was lost lies before one that was not.
 *
 *   power-loss   on the disk before anyone sees it
 *   process-end  left to the system; `settle` brings it to the disk, and the event loop does not wait meanwhile
 */
type Survives = "power-loss" | "process-end";

/** One SQLite file. All who open the same path in a process share one connection, and with it their commits. */
export class Database {
  static readonly #open = new Map<string, Database>();
  readonly #file: string;
  readonly #sql: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #pending: Pending[] = [];
  #users = 0;
  #survives: Survives = "power-loss";
  /** Of the write-ahead log, which is there from the first commit on. SQLite's locks are on other files. Its close leaves nothing to settle. */
  #log: SharedSync | undefined;

  /** @throws Fault `exhausted` when the disk is full, `unavailable` when the file cannot be opened. */
  static open(file: string): Database {
    const name = path.resolve(file);
    const database = Database.#open.get(name) ?? new Database(name);
    Database.#open.set(name, database);
    database.#users++;
    return database;
  }

  private constructor(file: string) {
    this.#file = file;
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    this.#sql = new DatabaseSync(file, { timeout: 10_000 });
    chmodSync(file, 0o600);
    this.#sql.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -32000;",
    );
  }

  define(schema: string): void {
    this.#sql.exec(schema);
  }

  /** Prepared once. */
  statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const made = this.#sql.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }

  /**
   * Runs the work in a durable transaction; what is asked in one turn of the event loop shares one, and so its fsync.
   * The work may throw Faults only before its first write: they fail it alone, anything else fails all that share.
   */
  commit<T>(work: () => T, { survives = "power-loss", partner }: { survives?: Survives; partner?: Partner } = {}): Promise<T> {
    return new Promise<unknown>((resolve, reject) => {
      if (this.#users === 0) return reject(new Fault("unavailable", "The store is closed."));
      if (this.#pending.length === 0) setImmediate(() => this.#flush());
      this.#pending.push({ work, survives, partner, resolve, reject });
    }) as Promise<T>;
  }

  /** Resolves when all that was committed before outlives a loss of power. */
  settle(): Promise<void> {
    return this.#log?.sync() ?? Promise.resolve();
  }

  /** What was asked before is committed first. */
  close(): void {
    if (this.#users === 0 || --this.#users > 0) return;
    while (this.#pending.length > 0) this.#flush();
    this.#log?.close();
    this.#statements.clear();
    this.#sql.close();
    Database.#open.delete(this.#file);
  }

  #flush(): void {
    const batch = this.#pending.slice(0, batchMax);
    if (batch.length === 0) return;
    this.#pending = this.#pending.slice(batchMax);
    if (this.#pending.length > 0) setImmediate(() => this.#flush());
    try {
      for (const settle of this.#transaction(batch)) settle();
    } catch (error) {
      const fault = storeFault(error);
      for (const { reject } of batch) reject(fault);
    }
  }

  /** A write-ahead log is written to the disk at every commit (FULL) or at checkpoints alone (NORMAL). */
  #keepFor(survives: Survives): void {
    if (this.#survives === survives) return;
    this.#sql.exec(`PRAGMA synchronous = ${survives === "power-loss" ? "FULL" : "NORMAL"}`);
    this.#survives = survives;
  }

  #transaction(batch: readonly Pending[]): (() => void)[] {
    this.#keepFor(batch.some((one) => one.survives === "power-loss") ? "power-loss" : "process-end");
    const partners = new Set<Partner>();
    for (const { partner } of batch) if (partner) partners.add(partner);
    try {
      this.#sql.exec("BEGIN IMMEDIATE");
      for (const partner of partners) partner.begin();
      const settled = batch.map(outcomeOf);
      for (const partner of partners) partner.end();
      this.#sql.exec("COMMIT");
      this.#log ??= new SharedSync(`${this.#file}-wal`, storeFault);
      return settled;
    } catch (error) {
      // SQLite has ended the transaction itself after some errors (full disk); then there is nothing to roll back.
      if (this.#sql.isTransaction) this.#sql.exec("ROLLBACK");
      for (const partner of partners) partner.undo();
      throw error;
    }
  }
}

function outcomeOf({ work, resolve, reject }: Pending): () => void {
  try {
    const value = work();
    return () => resolve(value);
  } catch (error) {
    if (!isFault(error)) throw error;
    return () => reject(error);
  }
}

const sqliteFull = 13;
const sqliteBusy = 5;
function storeFault(error: unknown): Fault {
  const code = (error as { errcode?: unknown }).errcode;
  if (code === sqliteFull)
    return new Fault("exhausted", "The disk is full.", {
      next: "Free some space on the platform's disk, then try again.",
      cause: error,
    });
  if (code === sqliteBusy)
    return new Fault("unavailable", "The store is busy.", { next: "Try again in a moment.", cause: error });
  return new Fault("unavailable", "The store could not keep this.", {
    next: "Try again; if it happens again, look at the platform's log.",
    cause: error,
  });
}
