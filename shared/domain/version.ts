/** Of `1.2.3` or `1.2.3-rc.1`, the numbers; undefined: not such a version. */
const numbersOf = (version: string): number[] | undefined => {
  const match = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-+].*)?$/.exec(version);
  return match ? [match[1], match[2], match[3]].map((part) => Number(part ?? 0)) : undefined;
};

/** Whether `a` comes before `b`. What is no version is neither before nor after any other. */
export function isOlder(a: string, b: string): boolean {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  if (!left || !right) return false;
  const at = left.findIndex((part, index) => part !== right[index]);
  return at >= 0 && Number(left[at]) < Number(right[at]);
}
