import type { LogLine } from "../../../shared/contract/agent.ts";

/** A line, or a place where lines are gone for good. */
export type LogRow =
  | { readonly kind: "line"; readonly line: LogLine }
  | {
      readonly kind: "gap";
      readonly from: number;
      readonly to: number;
      readonly reason: string;
      readonly code?: string | undefined;
    };

export const sequenceOf = (row: LogRow): number => (row.kind === "line" ? row.line.sequence : row.to);

/** 50,000 rows scroll well and take about 20 MB. Older ones are let go while the newest are followed, and read again by who scrolls up. */
export const rowsMax = 50_000;
/** Who reads back keeps this many: 200 MB, and 10 million pixels, of which a browser draws 17 million at least. */
export const rowsBackMax = 500_000;

/** The place before which older rows are read. */
export const firstOf = (row: LogRow): number => (row.kind === "line" ? row.line.sequence : row.from);

/** New rows after old ones; what was seen before is left out. */
export function appended(rows: readonly LogRow[], more: readonly LogRow[], max = rowsMax): readonly LogRow[] {
  const last = rows.at(-1);
  const newest = last ? sequenceOf(last) : 0;
  const fresh = more.filter((row) => sequenceOf(row) > newest);
  if (fresh.length === 0) return rows;
  const all = [...rows, ...fresh];
  return all.length > max ? all.slice(all.length - max) : all;
}

/** Older rows before what is there. */
export function prepended(rows: readonly LogRow[], older: readonly LogRow[]): readonly LogRow[] {
  const first = rows[0];
  const oldest = first ? sequenceOf(first) : Number.POSITIVE_INFINITY;
  return [...older.filter((row) => sequenceOf(row) < oldest), ...rows];
}

export const rowsOf = (lines: readonly LogLine[]): LogRow[] => lines.map((line) => ({ kind: "line", line }));

/** As a file: time, instance, stream, text without colours. */
export const textOf = (rows: readonly LogRow[], plain: (text: string) => string): string =>
  rows
    .map((row) =>
      row.kind === "gap"
        ? `--- ${row.from}..${row.to} ${row.reason}`
        : `${row.line.at} ${row.line.instance ?? "-"} ${row.line.stream} ${plain(row.line.text)}`,
    )
    .join("\n");

const troubled = /\b\w*(?:error|exception|panic|fatal)\b|\b(?:cannot|could not|not found|no such|denied|refused)\b/i;
/** The line that tells best why a program failed: of what it said last, the first that sounds like trouble, else the first on stderr. */
export function matterOf(rows: readonly LogRow[]): number | null {
  const said = (row: LogRow | undefined): row is Extract<LogRow, { kind: "line" }> =>
    row?.kind === "line" && row.line.stream !== "platform";
  const last = rows.findLastIndex(said);
  if (last < 0) return null;
  let first = last;
  while (said(rows[first - 1])) first--;
  const run = rows.slice(first, last + 1).filter(said);
  const found = run.find(({ line }) => troubled.test(line.text)) ?? run.find(({ line }) => line.stream === "err");
  return found?.line.sequence ?? null;
}
