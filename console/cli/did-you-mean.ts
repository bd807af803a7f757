import { editDistance } from "../../shared/base/edit-distance.ts";

/** The name that was probably meant; undefined when none is close. */
export function meant(typed: string, names: readonly string[]): string | undefined {
  const near = names
    .map((name) => ({ name, away: editDistance(typed.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, away }) => away <= Math.max(1, Math.floor(Math.max(typed.length, name.length) / 3)))
    .toSorted((a, b) => a.away - b.away);
  return near[0]?.name;
}

/** More would only hide the one that is looked for. */
const namedMax = 20;
/** What to do about a name that is not there: the one probably meant, and what there is; `none` when there is nothing. */
export function otherNames(typed: string, names: readonly string[], none: string): string {
  if (names.length === 0) return none;
  const close = meant(typed, names);
  const more = names.length > namedMax ? ` and ${names.length - namedMax} more` : "";
  return `${close === undefined ? "" : `Did you mean "${close}"? `}There are: ${names.slice(0, namedMax).join(", ")}${more}.`;
}
