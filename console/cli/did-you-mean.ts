/** How many letters must be added, taken away, changed or swapped with their neighbour to make one word the other. */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  );
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const steps = [
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (same ? 0 : 1),
        ...(isSwap ? [at(i - 2, j - 2) + 1] : []),
      ];
      (rows[i] as number[])[j] = Math.min(...steps);
    }
  return at(a.length, b.length);
}

/** The name that was probably meant; undefined when none is close. */
export function meant(typed: string, names: readonly string[]): string | undefined {
  const near = names
    .map((name) => ({ name, away: distance(typed.toLowerCase(), name.toLowerCase()) }))
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
