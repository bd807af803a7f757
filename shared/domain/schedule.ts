const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Names for numbers, the first for `from`. */
  readonly names?: readonly string[];
}
/** Of a crontab line (POSIX), with steps and names as all implementations know them. Sunday is 0 and 7. */
const fields: readonly Field[] = [
  { name: "minute", from: 0, to: 59 },
  { name: "hour", from: 0, to: 23 },
  { name: "day of month", from: 1, to: 31 },
  { name: "month", from: 1, to: 12, names: months },
  { name: "day of week", from: 0, to: 7, names: days },
];

/** Why a schedule is none: which field, and what it says. null: it is one. */
export function scheduleProblem(cron: string): { readonly field: string; readonly text: string } | null {
  const texts = cron.trim().split(/\s+/);
  const at = fields.findIndex((field, index) => !(texts[index] ?? "").split(",").every((part) => isPart(field, part)));
  return at < 0 ? null : { field: fields[at]?.name ?? "", text: texts[at] ?? "" };
}

function isPart(field: Field, part: string): boolean {
  const match = /^(\*|[0-9a-z]+)(?:-([0-9a-z]+))?(?:\/(\d+))?$/i.exec(part);
  if (!match) return false;
  const [, first = "", last, step] = match;
  if (step !== undefined && Number(step) < 1) return false;
  if (first === "*") return last === undefined;
  const from = numberOf(field, first);
  const to = last === undefined ? from : numberOf(field, last);
  return from !== undefined && to !== undefined && from <= to;
}

function numberOf({ from, to, names = [] }: Field, text: string): number | undefined {
  const named = names.indexOf(text.toLowerCase());
  const value = named >= 0 ? from + named : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= from && value <= to ? value : undefined;
}
