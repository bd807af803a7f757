import type { Clock } from "../../ports/clock.ts";
import type { Lease } from "../../ports/lease.ts";
import { Database } from "./database.ts";

const schema =
  "CREATE TABLE IF NOT EXISTS leases (name TEXT PRIMARY KEY, owner TEXT NOT NULL, token INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID";

/** A released or lapsed lease keeps its row, so that tokens only ever grow. */
export function localLease({ path, clock }: { path: string; clock: Clock }): Lease & { close(): void } {
  const database = Database.open(path);
  database.define(schema);
  const now = () => clock.now().getTime();
  const find = (name: string) => database.statement("SELECT owner, token, until FROM leases WHERE name = ?").get(name);
  return {
    acquire: (name, owner, ttlMs) =>
      database.commit(() => {
        const found = find(name);
        const live = found !== undefined && Number(found.until) > now();
        const own = live && found.owner === owner;
        if (live && !own) return undefined;
        const token = Number(found?.token ?? 0) + (own ? 0 : 1);
        database
          .statement("INSERT OR REPLACE INTO leases (name, owner, token, until) VALUES (?, ?, ?, ?)")
          .run(name, owner, token, now() + ttlMs);
        return token;
      }),
    release: async (name, owner) => {
      await database.commit(() =>
        database.statement("UPDATE leases SET until = 0 WHERE name = ? AND owner = ?").run(name, owner),
      );
    },
    holder: async (name) => {
      const found = find(name);
      return found && Number(found.until) > now() ? { owner: String(found.owner), token: Number(found.token) } : undefined;
    },
    close: () => database.close(),
  };
}
