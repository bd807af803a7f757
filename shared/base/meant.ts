import { editDistance } from "./edit-distance.ts";

/** No name of ours is longer; comparing takes time by both lengths. */
const lettersMax = 100;

/** The name that was probably meant; undefined when none is close. */
export function meant(typed: string, names: readonly string[]): string | undefined {
  if (typed.length > lettersMax) return undefined;
  const near = names
    .map((name) => ({ name, away: editDistance(typed.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, away }) => away <= Math.max(1, Math.floor(Math.max(typed.length, name.length) / 3)))
    .toSorted((a, b) => a.away - b.away);
  return near[0]?.name;
}
