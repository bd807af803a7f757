import { inert } from "../../shared/base/inert.ts";

/** One line of it, for cells of a table. */
export const inertLine = (text: string): string => inert(text).replace(/\s+/g, " ").trim();

/** Terminal columns a text takes: wide for the East Asian and emoji blocks. Source: Unicode UAX #11, the blocks that matter here. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]/gu;
export const columnsOf = (text: string): number => [...text].length + (text.match(wide)?.length ?? 0);

const padded = (text: string, columns: number): string => text + " ".repeat(Math.max(0, columns - columnsOf(text)));

/** So much of it as fits, and a sign that there is more. */
function cut(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let kept = "";
  for (const char of text) {
    if (columnsOf(kept + char) > columns - 1) break;
    kept += char;
  }
  return `${kept}…`;
}

/** Less of a cell says nothing. */
const cellMin = 12;
const isId = (text = ""): boolean => /^[a-z]+_[0-9a-z]{16}$/.test(text);
/** The widest columns give way until all fit; an id that is cut is of no use. */
function fitting(rows: readonly (readonly string[])[], widths: readonly number[], columns: number): number[] {
  const fitted = [...widths];
  const texts = [...widths.keys()].filter((i) => !rows.some((row) => isId(row[i])));
  const total = () => fitted.reduce((sum, width) => sum + width, 2 * (fitted.length - 1));
  while (total() > columns) {
    const widest = texts.reduce((best, i) => ((fitted[i] ?? 0) >= (fitted[best] ?? 0) ? i : best), texts[0] ?? 0);
    if ((fitted[widest] ?? 0) <= cellMin) break;
    fitted[widest] = (fitted[widest] ?? 0) - 1;
  }
  return fitted;
}

/** Aligned columns under their headings; on a terminal of so many `columns` no wider than that. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], columns?: number): string {
  const all = [headings, ...rows.map((row) => row.map(inertLine))];
  const needed = headings.map((_, i) => Math.max(...all.map((row) => columnsOf(row[i] ?? ""))));
  const widths = columns ? fitting(rows, needed, columns) : needed;
  return all
    .map((row) =>
      row
        .map((cell, i) => cut(cell, widths[i] ?? 0))
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
