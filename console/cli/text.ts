import { inert } from "../../shared/base/inert.ts";

/** One line of it, for cells of a table. */
export const inertLine = (text: string): string => inert(text).replace(/\s+/g, " ").trim();

/** Terminal columns a text takes: wide for the East Asian and emoji blocks. Source: Unicode UAX #11, the blocks that matter here. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]/gu;
export const columnsOf = (text: string): number => [...text].length + (text.match(wide)?.length ?? 0);

const padded = (text: string, columns: number): string => text + " ".repeat(Math.max(0, columns - columnsOf(text)));

/** Aligned columns under their headings. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [headings, ...rows.map((row) => row.map(inertLine))];
  const widths = headings.map((_, i) => Math.max(...all.map((row) => columnsOf(row[i] ?? ""))));
  return all
    .map((row) =>
      row
        .map((cell, i) => (i === row.length - 1 ? cell : padded(cell, widths[i] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const units = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
] as const;
/** "12 s", "3 min", "2 h", "5 d": how long ago, or how long it took. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  for (const [unit, size] of units)
    if (seconds >= size * (unit === "min" ? 1.5 : 1)) return `${Math.floor(seconds / size)} ${unit}`;
  return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}
export const ago = (time: string | null, now = Date.now()): string =>
  time === null ? "never" : `${duration(now - Date.parse(time))} ago`;

export const cores = (millis: number): string => String(Math.round(millis / 100) / 10);

export const bytes = (count: number): string => {
  if (count < 1_024) return `${count} B`;
  if (count < 1_024 ** 2) return `${(count / 1_024).toFixed(0)} KiB`;
  return count < 1_024 ** 3 ? `${(count / 1_024 ** 2).toFixed(1)} MiB` : `${(count / 1_024 ** 3).toFixed(1)} GiB`;
};
