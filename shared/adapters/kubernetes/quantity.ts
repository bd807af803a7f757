const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A Kubernetes quantity (`250m`, `1.5Gi`, `2e3`) as a number of its unit: cores, bytes, pieces. 0 when there is none; NaN when it is no quantity. */
export function quantityOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const [, number = "", suffix = ""] = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(text) ?? [];
  return number === "" ? Number.NaN : Number(number) * (suffixes[suffix] ?? Number.NaN);
}
/** Rounded against the dust of binary fractions: `100m` is 100, not 100.00000000000001. */
export const millisOf = (text: string | undefined): number => Math.round(quantityOf(text) * 1e6) / 1e3;
export const bytesOf = (text: string | undefined): number => Math.round(quantityOf(text));
