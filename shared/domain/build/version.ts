/** Versions and ranges as far as manifests use them: `>=20`, `^18.2`, `~3.10`, `20.x`, `18 || 20`, `>=16 <21`, `1.22`. */
type Version = readonly [number, number, number];

export const parseVersion = (text: string): Version | undefined => {
  const match = /(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(text);
  return match ? [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)] : undefined;
};

export const compareVersions = (a: Version, b: Version): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];

const bump = (version: Version, parts: number): Version =>
  parts <= 1 ? [version[0] + 1, 0, 0] : parts === 2 ? [version[0], version[1] + 1, 0] : [version[0], version[1], version[2] + 1];

const partsOf = (text: string): number => text.split(".").filter((part) => /^\d+/.test(part)).length;

/** The first version that is too high for `^version`: npm lets 0.x move only in its last given part. */
const caretEnd = (version: Version, text: string): Version => {
  if (version[0] > 0 || partsOf(text) === 1) return bump(version, 1);
  return version[1] > 0 || partsOf(text) === 2 ? bump(version, 2) : bump(version, 3);
};

const comparatorHolds = (version: Version, comparator: string): boolean | undefined => {
  const match = /^(>=|<=|>|<|==|=|\^|~>|~=|~|)\s*v?([\d][\d.x*]*|[x*]|latest|node|lts.*)$/i.exec(comparator);
  if (!match) return undefined;
  const [, operator = "", text = ""] = match;
  const wanted = parseVersion(text);
  if (!wanted) return true;
  const order = compareVersions(version, wanted);
  const within = (end: Version): boolean => order >= 0 && compareVersions(version, end) < 0;
  switch (operator) {
    case ">=":
      return order >= 0;
    case ">":
      return partsOf(text) < 3 ? compareVersions(version, bump(wanted, partsOf(text))) >= 0 : order > 0;
    case "<":
      return order < 0;
    case "<=":
      return partsOf(text) < 3 ? compareVersions(version, bump(wanted, partsOf(text))) < 0 : order <= 0;
    case "^":
      return within(caretEnd(wanted, text));
    case "~>":
    case "~=":
      return within(bump(wanted, Math.max(1, partsOf(text) - 1)));
    case "~":
      return within(bump(wanted, Math.min(2, partsOf(text))));
    default:
      return within(bump(wanted, partsOf(text)));
  }
};

/** Whether a version is in a range; undefined when the range cannot be read. */
export const satisfies = (version: string, range: string): boolean | undefined => {
  const parsed = parseVersion(version);
  if (!parsed) return undefined;
  const alternatives = range.split("||").map((alternative) =>
    alternative
      .trim()
      .replace(/(\S+)\s+-\s+(\S+)/, ">=$1 <=$2")
      .replace(/(>=|<=|>|<|==|=|\^|~>|~=|~)\s+/g, "$1")
      .split(/[\s,]+/)
      .filter((part) => part !== ""),
  );
  const answers = alternatives.map((comparators) => comparators.map((comparator) => comparatorHolds(parsed, comparator)));
  if (answers.some((comparators) => comparators.includes(undefined))) return undefined;
  return answers.some((comparators) => comparators.every((holds) => holds === true));
};
