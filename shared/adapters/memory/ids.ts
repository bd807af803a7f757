import type { Ids } from "../../ports/ids.ts";

/** The same seed gives the same ids. */
export function seededIds(seed = 1): Ids {
  let count = 0;
  const text = (length: number) => (++count).toString(36).padStart(length, "0");
  const start = seed.toString(36).padStart(8, "0").slice(-8);
  return { next: (prefix) => `${prefix}_${start}${text(8)}`, secret: () => `secret-${start}-${text(27)}` };
}
