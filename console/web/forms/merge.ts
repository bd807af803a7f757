import { freeName } from "../../../shared/domain/name.ts";

/** An entry of a list while the list is edited. */
export interface Row<T> {
  /** The key that it was saved with, whatever it is called by now; of an added one, what no key is. */
  readonly id: string;
  readonly value: T;
}

export type KeyOf<T> = (value: T) => string;

export const rowsOf = <T>(saved: readonly T[], keyOf: KeyOf<T>): Row<T>[] => saved.map((value) => ({ id: keyOf(value), value }));

export const withAdded = <T>(rows: readonly Row<T>[], value: T): Row<T>[] => [
  ...rows,
  {
    id: freeName(
      "+",
      rows.map(({ id }) => id),
    ),
    value,
  },
];

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

interface Sides<T> {
  /** What `mine` is an edit of. */
  readonly base: readonly T[];
  /** As somebody else has saved it meanwhile. */
  readonly theirs: readonly T[];
  readonly mine: readonly Row<T>[];
  readonly keyOf: KeyOf<T>;
}
interface Merged<T> {
  /** As rows of `theirs`. */
  readonly rows: readonly Row<T>[];
  /** Keys of what both have changed, each in another way: there the rows have it as it is in `mine`. */
  readonly both: readonly string[];
}

/** Both changes to a list, entry by entry. */
export function merged<T>({ base, theirs, mine, keyOf }: Sides<T>): Merged<T> {
  const of = (list: readonly T[], id: string) => list.find((value) => keyOf(value) === id);
  const isNew = ({ id }: Row<T>) => of(base, id) === undefined;
  const mineOf = (id: string) => mine.find((row) => (isNew(row) ? keyOf(row.value) : row.id) === id);
  const both: string[] = [];
  const entry = (id: string, rowId: string): Row<T>[] => {
    const [before, now, row] = [of(base, id), of(theirs, id), mineOf(id)];
    const isMine = isSame(now, before);
    if (!isMine && !isSame(row?.value, before) && !isSame(row?.value, now)) both.push(id);
    const value = isMine || both.includes(id) ? row?.value : now;
    return value === undefined ? [] : [{ id: rowId, value }];
  };
  const shared = theirs.flatMap((value) => entry(keyOf(value), keyOf(value)));
  const others = mine.flatMap((row) => {
    const id = isNew(row) ? keyOf(row.value) : row.id;
    return of(theirs, id) ? [] : entry(id, row.id);
  });
  return { rows: [...shared, ...others], both };
}

interface Taking<T> {
  readonly rows: readonly Row<T>[];
  readonly theirs: readonly T[];
  readonly keys: readonly string[];
  readonly keyOf: KeyOf<T>;
}
/** The rows with `theirs` in place of mine for these keys. */
export function withTheirs<T>({ rows, theirs, keys, keyOf }: Taking<T>): Row<T>[] {
  const taken = rowsOf(theirs, keyOf).filter(({ id }) => keys.includes(id));
  const kept = rows.flatMap((row) => (keys.includes(row.id) ? taken.filter(({ id }) => id === row.id) : [row]));
  return [...kept, ...taken.filter(({ id }) => !kept.some((row) => row.id === id))];
}
