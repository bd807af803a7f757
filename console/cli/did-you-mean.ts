import { meant } from "../../shared/base/meant.ts";

/** More would only hide the one that is looked for. */
const namedMax = 20;
/** What to do about a name that is not there: the one probably meant, and what there is; `none` when there is nothing. */
export function otherNames(typed: string, names: readonly string[], none: string): string {
  if (names.length === 0) return none;
  const close = meant(typed, names);
  const more = names.length > namedMax ? ` and ${names.length - namedMax} more` : "";
  return `${close === undefined ? "" : `Did you mean "${close}"? `}There are: ${names.slice(0, namedMax).join(", ")}${more}.`;
}
