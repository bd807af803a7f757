/** Measured in turn (A B A B), so that both see the same machine; answers the medians. */
export async function inTurn(
  rounds: number,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<{ ours: number; theirs: number }> {
  const results = { ours: [] as number[], theirs: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    results.ours.push(await ours());
    results.theirs.push(await theirs());
  }
  return { ours: quantile(results.ours, 0.5), theirs: quantile(results.theirs, 0.5) };
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

export const perSecond = (count: number, ms: number): number => (count / ms) * 1_000;
export const rate = (value: number): string => `${Math.round(value).toLocaleString("en")}/s`;
