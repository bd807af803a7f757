import { scopeOf } from "../../shared/control/tenant-scope.ts";
import type { Table } from "../../shared/ports/table.ts";

const matches = (pattern: string, partition: string): boolean =>
  pattern.endsWith("*") ? partition.startsWith(pattern.slice(0, -1)) : partition === pattern;

/** The table as credentials of one team see it: AWS refuses every other partition, and so does this. */
export function scopedTable(table: Table, tenant: string): Table {
  const scope = scopeOf(tenant);
  const within = (...partitions: readonly string[]): void => {
    const foreign = partitions.find((partition) => !scope.some((pattern) => matches(pattern, partition)));
    if (foreign !== undefined) throw new Error(`${tenant} may not touch ${foreign}`);
  };
  return {
    get: async (key) => {
      within(key.pk);
      return table.get(key);
    },
    getAll: async (keys) => {
      within(...keys.map(({ pk }) => pk));
      return table.getAll(keys);
    },
    query: async (query) => {
      within(query.pk);
      return table.query(query);
    },
    transact: async (writes) => {
      within(...writes.map((write) => (write.kind === "put" ? write.row.pk : write.key.pk)));
      return table.transact(writes);
    },
  };
}
