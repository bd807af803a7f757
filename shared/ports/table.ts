import type { Page } from "../base/page.ts";

/** `pk` names the partition and begins with the tenant (or another owner, see control/tables.ts); `sk` sorts within it. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export interface Row extends Key {
  /** 1 at the first write, +1 at each later one; given by the writer. */
  readonly generation: number;
  readonly value: Readonly<Record<string, unknown>>;
  /** One optional second place to find the row by (a sparse global secondary index). */
  readonly index?: Key;
  /** The row may vanish any time after this (DynamoDB: within days; readers must check). */
  readonly expiresAt?: Date;
}

export interface TableQuery {
  readonly pk: string;
  /** Only rows whose `sk` begins with this. */
  readonly prefix?: string;
  /** Only rows whose `sk` sorts after this. */
  readonly after?: string;
  /** Read `pk`, `prefix` and `after` against `Row.index` in place of the row's own key. */
  readonly byIndex?: true;
  readonly descending?: true;
  /** 1–1,000. */
  readonly limit: number;
  /** `Page.next` of the previous page of this same query. */
  readonly page?: string;
}

/** `expected` is the generation the writer read; 0 means the row must not exist. Omitted: write whatever is there. */
export type Write =
  | { readonly kind: "put"; readonly row: Row; readonly expected?: number }
  | { readonly kind: "remove"; readonly key: Key; readonly expected?: number }
  | { readonly kind: "check"; readonly key: Key; readonly expected: number };

/**
 * A partitioned table shaped like DynamoDB, so that both can keep it.
 * Reads by key are consistent with every acknowledged write. What is acknowledged survives `kill -9` and power loss.
 */
export interface Table {
  get(key: Key): Promise<Row | undefined>;
  /** The rows of 1–100 different keys, in their order, in one round trip. Each is as `get` would answer it; they are no snapshot. */
  getAll(keys: readonly Key[]): Promise<readonly (Row | undefined)[]>;
  query(query: TableQuery): Promise<Page<Row>>;
  /**
   * All writes or none; at most 100, no key twice.
   * @throws Fault `conflict` when an expected generation differs; its detail.keys lists the keys that did.
   */
  transact(writes: readonly Write[]): Promise<void>;
}
