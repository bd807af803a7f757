/** One object for all that are equal: of ten thousand records most parts are alike. Knows so many; a part that is rarer is kept as it is. */
export function sameOf(max: number): <T extends object>(value: T) => T {
  const known = new Map<string, object>();
  return <T extends object>(value: T): T => {
    const text = JSON.stringify(value);
    const before = known.get(text);
    if (before) return before as T;
    if (known.size < max) known.set(text, value);
    return value;
  };
}
