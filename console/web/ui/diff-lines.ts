import type { Change } from "../../../shared/contract/component.ts";

export interface DiffLine {
  readonly sign: "+" | "-";
  readonly text: string;
}
/** What an id is called. */
export type NameOf = (id: string) => string | undefined;

const isNone = (value: unknown): boolean => value === undefined || value === null || value === "";

/** A thing in few words: values as they are, what is so by its name, what is not left out. */
function worded(value: unknown, nameOf: NameOf): string {
  if (typeof value === "string") return nameOf(value) ?? value;
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return value.map((item) => worded(item, nameOf)).join(", ");
  return Object.entries(value)
    .filter(([, part]) => part !== false && !isNone(part))
    .map(([name, part]) => (part === true ? name : worded(part, nameOf)))
    .join(" ");
}

/** Of two lists only what one has and the other has not. */
export function diffLinesOf({ before, after }: Pick<Change, "before" | "after">, nameOf: NameOf = () => undefined): DiffLine[] {
  const itemsOf = (value: unknown) =>
    (Array.isArray(value) ? value : isNone(value) ? [] : [value]).map((item) => worded(item, nameOf));
  const [old, now] = [itemsOf(before), itemsOf(after)];
  const isList = Array.isArray(before) || Array.isArray(after);
  const without = (items: readonly string[], others: readonly string[]) =>
    isList ? items.filter((item) => !others.includes(item)) : items;
  return [
    ...without(old, now).map((text) => ({ sign: "-" as const, text })),
    ...without(now, old).map((text) => ({ sign: "+" as const, text })),
  ];
}
