import type { SQLOutputValue } from "node:sqlite";
import type { DeadLetter, Leased, SendOptions } from "../../ports/queue.ts";
import { dedupeMs } from "../queue-rules.ts";
import type { Database } from "./database.ts";

/**
 * The rows of one queue. Every function but the readers must run inside `Database.commit`.
 *
 * A message is in one of three states:
 *
 *   blocked: an earlier message of its key is not done     (blocked = 1)
 *   waiting: not before visible_at (delayed, or leased)    (blocked = 0, turn NULL)
 *   due:     handed out in order of `turn`                 (blocked = 0, turn set)
 *
 *   send ──► blocked ──(the one before is done)──► waiting ──(visible_at passed)──► due ──(take)──► waiting
 *
 * Fairness is start-time fair queueing (P. Goyal et al., 1996): a message that falls due gets the turn after its tenant's last
 * one, but never one that has passed. So tenants take turns however many messages each has, and finding the next is one index step.
 */
export interface QueueStore {
  add(body: string, options: SendOptions, at: number): void;
  take(limit: number, leaseMs: number, at: number): readonly Leased[];
  remove(receipt: string, at: number): void;
  giveBack(receipt: string, visibleAt: number, at: number): void;
  /** Moves it to the dead letters. */
  bury(receipt: string, at: number): void;
  extend(receipt: string, visibleAt: number, at: number): boolean;
  redrive(limit: number, at: number): number;
  deadLetters(limit: number): readonly DeadLetter[];
  depth(): number;
  nextDueAt(): number | undefined;
}

const schemaOf = (name: string): string => `
  CREATE TABLE IF NOT EXISTS "${name}" (
    id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, key TEXT, body TEXT NOT NULL, sent_at INTEGER NOT NULL,
    visible_at INTEGER NOT NULL, attempt INTEGER NOT NULL DEFAULT 0, leased INTEGER NOT NULL DEFAULT 0, blocked INTEGER NOT NULL DEFAULT 0, turn INTEGER
  );
  CREATE INDEX IF NOT EXISTS "${name}_due" ON "${name}" (turn, id) WHERE turn IS NOT NULL;
  CREATE INDEX IF NOT EXISTS "${name}_waiting" ON "${name}" (visible_at) WHERE turn IS NULL AND blocked = 0;
  CREATE INDEX IF NOT EXISTS "${name}_key" ON "${name}" (tenant, key, id) WHERE key IS NOT NULL;
  CREATE TABLE IF NOT EXISTS "${name}_dead" (id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, key TEXT, body TEXT NOT NULL, attempts INTEGER NOT NULL, failed_at INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS "${name}_dedupe" (tenant TEXT NOT NULL, dedupe TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (tenant, dedupe)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS "${name}_dedupe_until" ON "${name}_dedupe" (until);
`;

type Found = Record<string, SQLOutputValue>;

/** Prepared once per queue. */
function statementsOf(database: Database, name: string) {
  const prepare = (sql: string) => database.statement(sql.replaceAll("$q", name));
  return {
    firstDue: prepare(`SELECT MIN(turn) AS n FROM "$q" WHERE turn IS NOT NULL`),
    place: prepare(`UPDATE "$q" SET blocked = 0, visible_at = ?, turn = ? WHERE id = ?`),
    headOf: prepare(`SELECT id, tenant, visible_at, blocked FROM "$q" WHERE tenant = ? AND key = ? ORDER BY id LIMIT 1`),
    isKeyBusy: prepare(`SELECT 1 FROM "$q" WHERE tenant = ? AND key = ? LIMIT 1`),
    insert: prepare(`INSERT INTO "$q" (tenant, key, body, sent_at, visible_at, blocked, turn) VALUES (?, ?, ?, ?, ?, ?, ?)`),
    remove: prepare(`DELETE FROM "$q" WHERE id = ?`),
    done: prepare(`DELETE FROM "$q" WHERE id = ? AND leased = 1 AND attempt = ? RETURNING tenant, key`),
    passed: prepare(
      `SELECT id, tenant, key, visible_at, attempt FROM "$q" WHERE turn IS NULL AND blocked = 0 AND visible_at <= ? ORDER BY visible_at, id LIMIT 1000`,
    ),
    due: prepare(
      `SELECT id, tenant, key, body, sent_at, attempt, turn FROM "$q" WHERE turn IS NOT NULL ORDER BY turn, id LIMIT ?`,
    ),
    lease: prepare(`UPDATE "$q" SET turn = NULL, leased = 1, attempt = attempt + 1, visible_at = ? WHERE id = ?`),
    leasedBy: prepare(`SELECT id, tenant, key, attempt, visible_at FROM "$q" WHERE id = ? AND leased = 1 AND attempt = ?`),
    unlease: prepare(`UPDATE "$q" SET leased = 0 WHERE id = ?`),
    extend: prepare(`UPDATE "$q" SET visible_at = ? WHERE id = ?`),
    depth: prepare(`SELECT count(*) AS n FROM "$q"`),
    hasDue: prepare(`SELECT 1 FROM "$q" WHERE turn IS NOT NULL LIMIT 1`),
    nextVisible: prepare(`SELECT MIN(visible_at) AS n FROM "$q" WHERE turn IS NULL AND blocked = 0`),
    bury: prepare(
      `INSERT INTO "$q_dead" (id, tenant, key, body, attempts, failed_at) SELECT id, tenant, key, body, attempt, ? FROM "$q" WHERE id = ?`,
    ),
    dead: prepare(`SELECT * FROM "$q_dead" ORDER BY id LIMIT ?`),
    unbury: prepare(`DELETE FROM "$q_dead" WHERE id = ?`),
    /** Changes nothing when the id is remembered still. */
    remember: prepare(
      `INSERT INTO "$q_dedupe" (tenant, dedupe, until) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET until = excluded.until WHERE until <= ?`,
    ),
    forget: prepare(`DELETE FROM "$q_dedupe" WHERE until <= ?`),
  };
}

export function queueStore(database: Database, { name, attemptsMax }: { name: string; attemptsMax: number }): QueueStore {
  database.define(schemaOf(name));
  const sql = statementsOf(database, name);
  const turns = turnsOf(() => numberOf(sql.firstDue.get()));
  let prunedAt = 0;

  /** Decides between waiting and due. */
  const place = (message: { id: number; tenant: string; visibleAt: number }, at: number) => {
    const turn = message.visibleAt > at ? null : turns.next(message.tenant, at);
    sql.place.run(message.visibleAt, turn, message.id);
  };
  const unblockAfter = (done: Found, at: number) => {
    const key = keyOf(done);
    if (key === undefined) return;
    const next = sql.headOf.get(String(done.tenant), key);
    if (next && Number(next.blocked) === 1) place(placeOf(next), at);
  };
  const bury = (found: Found, at: number) => {
    sql.bury.run(at, idOf(found));
    sql.remove.run(idOf(found));
    unblockAfter(found, at);
  };
  /** What was delayed and is due now, and what was leased and never acked. */
  const promote = (at: number) => {
    for (const found of sql.passed.all(at))
      if (Number(found.attempt) >= attemptsMax) bury(found, at);
      else place(placeOf(found), at);
  };
  const leasedBy = (receipt: string): Found | undefined => sql.leasedBy.get(...hold(receipt));
  const insert = (message: { body: string; tenant: string; key: string | undefined; visibleAt: number; at: number }) => {
    const { body, tenant, key, visibleAt, at } = message;
    const blocked = key !== undefined && sql.isKeyBusy.get(tenant, key) !== undefined;
    const turn = blocked || visibleAt > at ? null : turns.next(tenant, at);
    sql.insert.run(tenant, key ?? null, body, at, visibleAt, Number(blocked), turn);
  };
  const isRepeated = (tenant: string, dedupe: string | undefined, at: number): boolean =>
    dedupe !== undefined && sql.remember.run(tenant, dedupe, at + dedupeMs, at).changes === 0;
  const prune = (at: number) => {
    if (at - prunedAt < dedupeMs) return;
    prunedAt = at;
    sql.forget.run(at);
  };

  return {
    add: (body, { tenant, key, dedupe, delayMs = 0 }, at) => {
      if (!isRepeated(tenant, dedupe, at)) insert({ body, tenant, key, visibleAt: at + delayMs, at });
      prune(at);
    },
    take: (limit, leaseMs, at) => {
      promote(at);
      const found = sql.due.all(limit);
      for (const one of found) {
        sql.lease.run(at + leaseMs, idOf(one));
        turns.passed(Number(one.turn));
      }
      return found.map(leasedOf);
    },
    remove: (receipt, at) => {
      const done = sql.done.get(...hold(receipt));
      if (done) unblockAfter(done, at);
    },
    giveBack: (receipt, visibleAt, at) => {
      const found = leasedBy(receipt);
      if (!found) return;
      if (Number(found.attempt) >= attemptsMax) return bury(found, at);
      sql.unlease.run(idOf(found));
      place({ ...placeOf(found), visibleAt }, at);
    },
    bury: (receipt, at) => {
      const found = leasedBy(receipt);
      if (found) bury(found, at);
    },
    extend: (receipt, visibleAt, at) => {
      const found = leasedBy(receipt);
      if (!found || Number(found.visible_at) <= at) return false;
      sql.extend.run(visibleAt, idOf(found));
      return true;
    },
    redrive: (limit, at) => {
      const dead = sql.dead.all(limit);
      for (const found of dead) {
        sql.unbury.run(idOf(found));
        insert({ body: String(found.body), tenant: String(found.tenant), key: keyOf(found), visibleAt: at, at });
      }
      return dead.length;
    },
    deadLetters: (limit) => sql.dead.all(limit).map(deadLetterOf),
    depth: () => numberOf(sql.depth.get()),
    nextDueAt: () => {
      if (sql.hasDue.get()) return 0;
      return numberOf(sql.nextVisible.get()) || undefined;
    },
  };
}

/** Hands out turns; knows the last one of each tenant that is ahead of the turn being served. */
function turnsOf(firstDue: () => number): { next(tenant: string, at: number): number; passed(turn: number): void } {
  const lastOf = new Map<string, number>();
  let current = 0;
  let askedAt = 0;
  return {
    next: (tenant, at) => {
      // Another process may have served turns meanwhile: asking once a millisecond is often enough.
      if (askedAt !== at) current = Math.max(current, firstDue());
      askedAt = at;
      const turn = Math.max(current, (lastOf.get(tenant) ?? 0) + 1);
      lastOf.set(tenant, turn);
      return turn;
    },
    passed: (turn) => {
      current = Math.max(current, turn);
      if (lastOf.size > 10_000) for (const [tenant, last] of lastOf) if (last <= current) lastOf.delete(tenant);
    },
  };
}

const deadLetterOf = (found: Found): DeadLetter => ({
  id: String(found.id),
  body: String(found.body),
  tenant: String(found.tenant),
  attempts: Number(found.attempts),
  failedAt: new Date(Number(found.failed_at)),
});
/** Id and attempt. */
function hold(receipt: string): [number, number] {
  const dot = receipt.indexOf(".");
  return [Number(receipt.slice(0, dot)), Number(receipt.slice(dot + 1))];
}
const numberOf = (found: Found | undefined): number => Number(found?.n ?? 0);
const idOf = (found: Found): number => Number(found.id);
const keyOf = (found: Found): string | undefined => (typeof found.key === "string" ? found.key : undefined);
const placeOf = (found: Found) => ({ id: idOf(found), tenant: String(found.tenant), visibleAt: Number(found.visible_at) });

function leasedOf(found: Found): Leased {
  const attempt = Number(found.attempt) + 1;
  const key = keyOf(found);
  return {
    id: String(found.id),
    receipt: `${found.id}.${attempt}`,
    body: String(found.body),
    attempt,
    sentAt: new Date(Number(found.sent_at)),
    tenant: String(found.tenant),
    ...(key === undefined ? {} : { key }),
  };
}
