import type { Clock } from "../../ports/clock.ts";
import type { Keeper } from "../queue/queue.ts";
import { type Fact, QueueState } from "../queue/state.ts";
import type { Database, Partner } from "./database.ts";

/** A journal is compacted when it has grown by this many characters (of 20,000 to 30,000 messages) and doubled. Reading as much takes 0.1 s. */
export const journalGrowthMax = 8 * 1024 * 1024;
const factsOfRowMax = 100;

interface JournalOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly growthMax: number;
}

/**
 * A queue's facts, those of one commit in a row. What they say, the state, is in memory as a whole. Who changes it holds SQLite's write
 * lock and has read what other processes wrote, so that all decide on the same state.
 */
export class QueueJournal implements Keeper, Partner {
  static readonly #of = new WeakMap<Database, Map<string, QueueJournal>>();
  readonly waiters = new Set<() => void>();
  readonly unnoticedMsMax = 1_000;
  readonly #database: Database;
  readonly #options: JournalOptions;
  #state = new QueueState();
  /** The last row that is in the state. */
  #row = 0;
  #size = 0;
  #sizeMax: number;

  /** One for all who open the same queue in a process. */
  static of(database: Database, options: JournalOptions): QueueJournal {
    const byName = QueueJournal.#of.get(database) ?? new Map<string, QueueJournal>();
    QueueJournal.#of.set(database, byName);
    const journal = byName.get(options.name) ?? new QueueJournal(database, options);
    byName.set(options.name, journal);
    return journal;
  }

  private constructor(database: Database, options: JournalOptions) {
    this.#database = database;
    this.#options = options;
    this.#sizeMax = options.growthMax;
    database.define(`CREATE TABLE IF NOT EXISTS "${options.name}_journal" (row INTEGER PRIMARY KEY, facts TEXT NOT NULL)`);
  }

  change<T>(work: (state: QueueState) => T): Promise<T> {
    return this.#database.commit(() => work(this.#state), { survives: "process-end", partner: this });
  }

  settle(): Promise<void> {
    return this.#database.settle();
  }

  look(): QueueState {
    this.begin();
    return this.#state;
  }

  /** Reads what others wrote. */
  begin(): void {
    for (const { row, facts } of this.#sql("SELECT row, facts FROM $ WHERE row > ? ORDER BY row").iterate(this.#row)) {
      for (const fact of JSON.parse(String(facts)) as Fact[]) {
        if (fact[0] === "compacted") this.#reset();
        this.#state.replay(fact);
      }
      this.#size += String(facts).length;
      this.#row = Number(row);
    }
    this.#state.tick(this.#options.clock.now().getTime());
  }

  end(): void {
    this.#write(this.#state.told());
    if (this.#size > this.#sizeMax || this.#state.isSetBack) this.#compact();
  }

  /** The state has what the file has not: it is read anew. */
  undo(): void {
    this.#row = 0;
    this.#reset();
  }

  #reset(): void {
    this.#state = new QueueState();
    this.#size = 0;
  }

  #write(facts: readonly Fact[]): void {
    if (facts.length === 0) return;
    const text = JSON.stringify(facts);
    this.#sql("INSERT INTO $ (row, facts) VALUES (?, ?)").run(++this.#row, text);
    this.#size += text.length;
  }

  /** Rows go on being numbered, so that others notice. */
  #compact(): void {
    this.#sql("DELETE FROM $").run();
    this.#size = 0;
    const facts = this.#state.compacted();
    for (let at = 0; at < facts.length; at += factsOfRowMax) this.#write(facts.slice(at, at + factsOfRowMax));
    this.#sizeMax = 2 * this.#size + this.#options.growthMax;
  }

  #sql(text: string) {
    return this.#database.statement(text.replace("$", `"${this.#options.name}_journal"`));
  }
}
