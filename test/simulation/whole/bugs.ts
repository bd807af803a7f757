import type { Ledger } from "../../../edge-agents/runtime/ledger.ts";
import type { Bug } from "./world.ts";

/** Bugs of the kinds that such a platform has had, each planted by a wrong variant of one part. Every one has to be found. */
export const bugs: Readonly<Record<string, Bug>> = {
  "an update overwrites what was changed since it was read": {
    table: (table) => ({
      ...table,
      transact: (writes) => table.transact(writes.map((w) => (w.kind === "put" ? { kind: "put", row: w.row } : w))),
    }),
  },
  "a request's repetition is a request of its own": {
    table: (table) => ({
      ...table,
      transact: (writes) => table.transact(writes.filter((w) => w.kind !== "put" || !w.row.sk.startsWith("idempotency#"))),
    }),
  },
  "commands are sent, and not kept until they are": {
    table: (table) => ({
      ...table,
      transact: (writes) => table.transact(writes.filter((w) => w.kind !== "put" || !w.row.sk.startsWith("outbox#"))),
    }),
  },
  "an operation leaves no trace in the audit log": {
    table: (table) => ({
      ...table,
      transact: (writes) => table.transact(writes.filter((w) => w.kind !== "put" || !w.row.sk.startsWith("audit#"))),
    }),
  },
  "a transaction is done row by row": {
    table: (table) => ({
      ...table,
      transact: async (writes) => {
        for (const write of writes) await table.transact([write]);
      },
    }),
  },
  "a write is acknowledged and then lost": {
    table: (table, { fate }) => ({
      ...table,
      transact: async (writes) => (fate.happens(0.02) ? undefined : table.transact(writes)),
    }),
  },
  "reads by key are a moment old": {
    table: (table, { fate }) => {
      const known = new Map<string, Awaited<ReturnType<typeof table.get>>>();
      const unguarded: typeof table.transact = (writes) =>
        table.transact(writes.map((w) => (w.kind === "put" ? { kind: "put", row: w.row } : w)));
      return {
        ...table,
        transact: unguarded,
        get: async (key) => {
          const name = `${key.pk} ${key.sk}`;
          const before = known.get(name);
          const now = await table.get(key);
          known.set(name, now);
          return before && fate.happens(0.3) ? before : now;
        },
      };
    },
  },
  "an index forgets its newest row": {
    table: (table) => ({
      ...table,
      query: async (query) => {
        const page = await table.query(query);
        return query.byIndex && query.pk.endsWith("#desired") ? { ...page, items: page.items.slice(0, -1) } : page;
      },
    }),
  },
  "nobody sends what a crash left unsent": { schedules: ["watches"] },
  "nobody looks after what never ends": { schedules: ["outbox"] },
  "messages are lost when they are sent": {
    queue: (queue, { fate }) => ({
      ...queue,
      send: async (body, options) => (fate.happens(0.4) ? undefined : queue.send(body, options)),
    }),
  },
  "an acknowledgement is forgotten": { queue: (queue) => ({ ...queue, ack: async () => {} }) },
  "a page of what is wanted is taken for all of it": {
    ledger: (ledger) => ({
      ...ledger,
      accept: async (changes, cursor, unread) => {
        await ledger.accept(changes, cursor, unread);
        await ledger.keepOnly(new Set(changes.map((each) => each.component)), cursor);
      },
    }),
  },
  "what is wanted is kept in memory alone": {
    disk: (disk) => {
      const memory = new Map<string, string>();
      return {
        ...disk,
        read: async (name) => memory.get(name) ?? disk.read(name),
        write: (texts) => {
          const rest = [...texts].filter(
            ([name, text]) => text === null || !name.startsWith("desired/") || !memory.set(name, text),
          );
          return disk.write(rest);
        },
      };
    },
  },
  "a change is skipped when several come at once": {
    ledger: (ledger): Ledger => ({
      ...ledger,
      accept: (changes, cursor, unread) => ledger.accept(changes.slice(0, 1), cursor, unread),
    }),
  },
  "an incomplete list is taken for all that is wanted": { ledger: (ledger) => ({ ...ledger, complete: () => true }) },
  "what is to go is forgotten before it is gone": { ledger: (ledger) => ({ ...ledger, tombstones: () => [] }) },
  "reports count from one after every start": { epoch: 1 },
  "the cluster takes any generation for the newest": {
    cluster: (cluster) => ({
      ...cluster,
      apply: (workload) => cluster.apply({ ...workload, generation: workload.generation + 1 }),
    }),
  },
  "the cluster tells that all is done at once": {
    cluster: (cluster) => ({
      ...cluster,
      observe: async (of) => (await cluster.observe(of)).map((o) => ({ ...o, phase: "settled" as const })),
    }),
  },
  "the cluster tells of an older generation than it runs": {
    cluster: (cluster) => ({
      ...cluster,
      observe: async (of) => (await cluster.observe(of)).map((o) => ({ ...o, generation: Math.max(1, o.generation - 1) })),
    }),
  },
  "instances of a removed component go on": { cluster: (cluster) => ({ ...cluster, remove: async () => {} }) },
};
