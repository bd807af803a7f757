import type { Usage } from "./pod.ts";

export interface NodeUsage extends Usage {
  readonly name: string;
  /** null: nothing is told of its disk. */
  readonly diskBytes: number | null;
  readonly diskBytesUsed: number;
  /** Of every pod there, whosever; null: not told. */
  readonly podNamespaces: readonly string[] | null;
}
export interface Measurement {
  /** By namespace/name. */
  readonly pods: ReadonlyMap<string, Usage>;
  readonly nodes: readonly NodeUsage[];
}
