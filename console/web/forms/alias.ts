import type { Dependency } from "../../../shared/contract/component.ts";

/** "my-db" → "MY_DB", with a number when it is taken. */
export function aliasFor(name: string, taken: readonly Dependency[]): string {
  const base = (
    name
      .toUpperCase()
      .replace(/[^A-Z0-9]+/g, "_")
      .replace(/^[^A-Z]+/, "") || "DEPENDENCY"
  ).slice(0, 36);
  const free = (alias: string) => !taken.some((d) => d.alias === alias);
  if (free(base)) return base;
  let n = 2;
  while (!free(`${base}_${n}`)) n += 1;
  return `${base}_${n}`;
}
export const isAlias = (alias: string): boolean => /^[A-Z][A-Z0-9_]{0,39}$/.test(alias);
