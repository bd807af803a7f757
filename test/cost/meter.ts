import type { Key, Row, Table } from "../../shared/ports/table.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import type { Secrets } from "../../shared/ports/secrets.ts";
import type { MemoryDeps } from "../support/memory-deps.ts";
import { functionSeconds, prices, type Used } from "./prices.ts";

const nothing = (): Used => Object.fromEntries(Object.keys(prices).map((name) => [name, 0])) as Used;
const bytes = (row: Row | undefined): number => (row ? Buffer.byteLength(JSON.stringify(row)) : 0);
const units = (size: number, of: number): number => Math.max(1, Math.ceil(size / of));

export interface Meter {
  readonly deps: MemoryDeps;
  /** What was used meanwhile. */
  of(flow: () => Promise<unknown>): Promise<Used>;
  /** For what happens outside the ports. */
  add(used: Partial<Used>): void;
}

/** Reckons what calls of the ports would use on AWS. A function call goes with every request, frame, message and schedule. */
export function metered(deps: MemoryDeps): Meter {
  let used = nothing();
  const add = (more: Partial<Used>): void => {
    for (const [name, count] of Object.entries(more)) used[name as keyof Used] += count;
  };
  const read = (size: number, factor = 1) => add({ readUnits: factor * units(size, 4_096) });
  const table: Table = {
    get: async (key) => {
      const row = await deps.table.get(key);
      read(bytes(row));
      return row;
    },
    getAll: async (keys: readonly Key[]) => {
      const rows = await deps.table.getAll(keys);
      for (const row of rows) read(bytes(row));
      return rows;
    },
    query: async (query) => {
      const page = await deps.table.query(query);
      const size = page.items.reduce((sum, row) => sum + bytes(row), 0);
      // An index is read as of a moment ago, for half.
      read(size, query.byIndex ? 0.5 : 1);
      return page;
    },
    transact: async (writes) => {
      // Everything is written in transactions: twice the units; an index is another write.
      for (const write of writes) {
        const size = write.kind === "put" ? bytes(write.row) : 0;
        const index = write.kind === "put" && write.row.index ? units(size, 1_024) : 0;
        add({ writeUnits: 2 * units(size, 1_024) + index });
      }
      await deps.table.transact(writes);
    },
  };
  const queue = (own: Queue): Queue => ({
    ...own,
    send: (body, options) => {
      // Sent, taken and removed; and a function is called with it.
      add({ queueRequests: 3, ...functionCall });
      return own.send(body, options);
    },
  });
  const secrets: Secrets = {
    seal: (tenant, plain) => {
      add({ keyRequests: 1 });
      return deps.secrets.seal(tenant, plain);
    },
    open: (tenant, sealed) => {
      add({ keyRequests: 1 });
      return deps.secrets.open(tenant, sealed);
    },
  };
  const connections: MemoryDeps["connections"] = {
    ...deps.connections,
    send: (connection, frame) => {
      add({ socketMessages: 1 });
      return deps.connections.send(connection, frame);
    },
  };
  const { builds, notices, chores } = deps.queues;
  return {
    deps: {
      ...deps,
      table,
      secrets,
      connections,
      queues: { builds: queue(builds), notices: queue(notices), chores: queue(chores) },
    },
    add,
    of: async (flow) => {
      used = nothing();
      await flow();
      return used;
    },
  };
}

const functionCall = { functionCalls: 1, functionGbSeconds: functionSeconds };
export const httpRequest: Partial<Used> = { httpRequests: 1, ...functionCall };
export const socketFrame: Partial<Used> = { socketMessages: 1, ...functionCall };
export const scheduledCall: Partial<Used> = functionCall;

export const times = (used: Used, count: number): Used =>
  Object.fromEntries(Object.entries(used).map(([name, each]) => [name, each * count])) as Used;
export const sum = (...all: readonly Partial<Used>[]): Used => {
  const total = nothing();
  for (const one of all) for (const [name, count] of Object.entries(one)) total[name as keyof Used] += count;
  return total;
};
export const dollars = (used: Used): number =>
  Object.entries(used).reduce((total, [name, count]) => total + count * prices[name as keyof Used], 0);
