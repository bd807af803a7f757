const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** 1536 → "1.5 KiB" in the reader's digits. */
export function bytes(count: number, language: string): string {
  const at = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(count) / 10));
  const value = count / 1024 ** at;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: value < 10 && at > 0 ? 1 : 0 }).format(value)} ${units[at]}`;
}

/** Thousandths of a core as cores. */
export const cores = (millis: number, language: string): string =>
  new Intl.NumberFormat(language, { maximumFractionDigits: 2 }).format(millis / 1_000);
