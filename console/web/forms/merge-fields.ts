// A value of fields, some of which have fields themselves; a field is named by its path: `health.port`.

type Fields = Readonly<Record<string, unknown>>;

/** A field that both have changed, each in another way. */
export interface Conflict {
  readonly path: string;
  readonly theirs: unknown;
  readonly mine: unknown;
}

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
/** What is not there is the same as what is empty. */
const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
const namesOf = (one: Fields, other: Fields): string[] => [...new Set([...Object.keys(one), ...Object.keys(other)])];
const below = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

/** Where the two differ. */
export function differing(one: unknown, other: unknown, path = ""): string[] {
  if (isFields(one) && isFields(other))
    return namesOf(one, other).flatMap((name) => differing(one[name], other[name], below(path, name)));
  return isSame(one, other) ? [] : [path];
}

export const fieldAt = (value: unknown, path: string): unknown =>
  path === "" ? value : path.split(".").reduce<unknown>((part, name) => (isFields(part) ? part[name] : undefined), value);

/** The value with another one at this path. */
export function withField(value: unknown, path: string, field: unknown): unknown {
  const [name, ...rest] = path.split(".");
  if (!name) return field;
  const fields = isFields(value) ? value : {};
  return { ...fields, [name]: withField(fields[name], rest.join("."), field) };
}

interface Sides {
  /** What `mine` is an edit of. */
  readonly base: unknown;
  /** As somebody else has saved it meanwhile. */
  readonly theirs: unknown;
  readonly mine: unknown;
}

/** Both changes to a value, field by field; what both have changed is as it is in `mine`. */
export function mergedFields({ base, theirs, mine }: Sides, path = ""): { value: unknown; both: string[] } {
  if (isFields(theirs) && isFields(mine)) {
    const before = isFields(base) ? base : {};
    const parts = namesOf(theirs, mine).map((name) => {
      const sides = { base: before[name], theirs: theirs[name], mine: mine[name] };
      return [name, mergedFields(sides, below(path, name))] as const;
    });
    return {
      value: Object.fromEntries(parts.map(([name, { value }]) => [name, value])),
      both: parts.flatMap(([, { both }]) => both),
    };
  }
  if (isSame(mine, base)) return { value: theirs, both: [] };
  const isMine = isSame(theirs, base) || isSame(theirs, mine);
  return { value: mine, both: isMine ? [] : [path] };
}
