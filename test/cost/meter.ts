import { storedValue } from "../../shared/adapters/aws/table.ts";
import { emfMetrics } from "../../shared/adapters/aws/emf-metrics.ts";
import type { Key, Row, Table, Write } from "../../shared/ports/table.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import type { Secrets } from "../../shared/ports/secrets.ts";
import type { MemoryDeps } from "../support/memory-deps.ts";
import { presenceOf } from "../../shared/domain/agent-place.ts";
import { runningFunction } from "../support/judge.ts";
import { functionSeconds, prices, type Used } from "./prices.ts";

const nothing = (): Used => Object.fromEntries(Object.keys(prices).map((name) => [name, 0])) as Used;
/** DynamoDB counts names and values of attributes; those of an index are in it once more (AWS: "Item sizes and formats"). */
function bytes(row: Row | undefined): number {
  if (!row) return 0;
  const { value: _value, ...attributes } = row;
  return Buffer.byteLength(JSON.stringify(attributes)) + "value".length + Buffer.byteLength(storedValue(row));
}
const units = (size: number, of: number): number => Math.max(1, Math.ceil(size / of));

export interface Meter {
  readonly deps: MemoryDeps;
  /** What was used meanwhile. */
  of(flow: () => Promise<unknown>): Promise<Used>;
  /** Names of the metrics that CloudWatch would charge for. */
  metricsTold(): readonly string[];
  /** For what happens outside the ports. */
  add(used: Partial<Used>): void;
}

/** Reckons what calls of the ports would use on AWS. A function call goes with every request, frame, message and schedule. */
export function metered(deps: MemoryDeps): Meter {
  let used = nothing();
  /** Functions and teams whose credentials some process of theirs has. */
  let has = new Set<string>();
  const add = (more: Partial<Used>): void => {
    for (const [name, count] of Object.entries(more)) used[name as keyof Used] += count;
  };
  /** Metrics that were told, each with each of its dimensions' values. */
  const told = new Set<string>();
  const keep = (line: string): void => {
    for (const name of metricsIn(line)) told.add(name);
  };
  const emf = emfMetrics({ write: keep, now: Date.now, function: "f" });
  const read = (size: number, factor = 1) => {
    const readUnits = factor * units(size, 4_096);
    add({ readUnits });
    emf.count("readUnits", readUnits);
  };
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
      // What is written in a transaction takes twice the units.
      const factor = isSingle(writes) ? 1 : 2;
      for (const write of writes) {
        const [row, ofIndex] = rowOf(write, await deps.table.get(keyOf(write)));
        const writeUnits = (factor + ofIndex) * units(bytes(row), 1_024);
        add({ writeUnits });
        emf.count("writeUnits", writeUnits);
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
      // Sent, and acknowledged.
      add(presenceOf(connection) ? { brokerMessages: 2 } : { socketMessages: 1 });
      return deps.connections.send(connection, frame);
    },
  };
  const { builds, notices, chores } = deps.queues;
  return {
    deps: {
      ...deps,
      table,
      tableFor: (whole, tenant) => {
        const name = `${runningFunction()} ${tenant}`;
        if (!has.has(name)) add({ credentials: 1 });
        has.add(name);
        return deps.tableFor(whole, tenant);
      },
      secrets,
      connections,
      metrics: {
        ...deps.metrics,
        level: (name, value) => emf.level(name, value),
        // Now and then one is the first of its process, or fails by our own fault.
        ended: (work) => emf.ended({ ...work, isCold: true, failure: "internal" }),
      },
      queues: { builds: queue(builds), notices: queue(notices), chores: queue(chores) },
    },
    add,
    metricsTold: () => [...told],
    of: async (flow) => {
      used = nothing();
      has = new Set();
      await flow();
      return used;
    },
  };
}

type Told = { _aws: { CloudWatchMetrics: { Dimensions: string[][]; Metrics: { Name: string }[] }[] } } & Record<string, unknown>;
const metricsIn = (line: string): string[] => {
  const { _aws, ...fields } = JSON.parse(line) as Told;
  return _aws.CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) =>
    Metrics.flatMap(({ Name }) => Dimensions.map((names) => [Name, ...names.map((name) => String(fields[name]))].join(" "))),
  );
};

/** What shared/adapters/aws/table.ts does without a transaction. */
const isSingle = (writes: readonly Write[]): boolean =>
  writes.length === 1 && (writes[0]?.kind === "put" || (writes[0]?.kind === "remove" && writes[0].expected === undefined));
/** The row that is written, and how often its index is: twice when its place there changes. */
function rowOf(write: Write, before: Row | undefined): readonly [Row | undefined, number] {
  if (write.kind === "check") return [undefined, 0];
  if (write.kind === "remove") return [before, before?.index ? 1 : 0];
  const isMoved = before?.index !== undefined && before.index.sk !== write.row.index?.sk;
  return [write.row, Number(write.row.index !== undefined) + Number(isMoved)];
}
const keyOf = (write: Write): Key => (write.kind === "put" ? write.row : write.key);

export const functionCall = { functionCalls: 1, functionGbSeconds: functionSeconds };
export const httpRequest: Partial<Used> = { httpRequests: 1, ...functionCall };
export const socketFrame: Partial<Used> = { socketMessages: 1, ...functionCall };

export const times = (used: Used, count: number): Used =>
  Object.fromEntries(Object.entries(used).map(([name, each]) => [name, each * count])) as Used;
export const sum = (...all: readonly Partial<Used>[]): Used => {
  const total = nothing();
  for (const one of all) for (const [name, count] of Object.entries(one)) total[name as keyof Used] += count;
  return total;
};
export const dollars = (used: Used): number =>
  Object.entries(used).reduce((total, [name, count]) => total + count * prices[name as keyof Used], 0);
