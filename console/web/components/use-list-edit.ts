import { useState } from "react";
import { type KeyOf, merged, type Row, rowsOf, withAdded, withTheirs } from "../forms/merge.ts";
import type { BothChanged } from "./save-bar.tsx";

interface ListEdit<T> {
  readonly rows: readonly Row<T>[];
  readonly items: readonly T[];
  readonly isEdited: boolean;
  /** null: nobody else has changed an entry of those that are changed here. */
  readonly both: BothChanged | null;
  readonly change: (id: string, value: T) => void;
  readonly remove: (id: string) => void;
  readonly add: (value: T) => void;
  readonly discard: () => void;
}
interface Kept<T> {
  readonly rows: readonly Row<T>[];
  /** The saved list that it is an edit of. */
  readonly of: string;
  readonly both: readonly string[];
}

/** An edit of a list, until it is saved as a whole. What somebody else saves meanwhile is taken into it, entry by entry. */
export function useListEdit<T>(saved: readonly T[], keyOf: KeyOf<T>): ListEdit<T> {
  const now = JSON.stringify(saved);
  const [kept, keep] = useState<Kept<T> | null>(null);
  let edit = kept;
  if (edit && edit.of !== now) {
    const { rows, both } = merged({ base: JSON.parse(edit.of) as T[], theirs: saved, mine: edit.rows, keyOf });
    edit = { rows, of: now, both: [...new Set([...edit.both, ...both])] };
  }
  if (edit && JSON.stringify(edit.rows.map(({ value }) => value)) === now) edit = null;
  if (edit !== kept) keep(edit);
  const rows = edit?.rows ?? rowsOf(saved, keyOf);
  const set = (next: readonly Row<T>[]) => keep({ rows: next, of: now, both: edit?.both ?? [] });
  const keys = edit?.both ?? [];
  const decide = (decided: readonly Row<T>[]) => keep({ rows: decided, of: now, both: [] });
  return {
    rows,
    items: rows.map(({ value }) => value),
    isEdited: edit !== null,
    both:
      keys.length === 0
        ? null
        : {
            names: keys,
            keepMine: () => decide(rows),
            takeTheirs: () => decide(withTheirs({ rows, theirs: saved, keys, keyOf })),
          },
    change: (id, value) => set(rows.map((row) => (row.id === id ? { id, value } : row))),
    remove: (id) => set(rows.filter((row) => row.id !== id)),
    add: (value) => set(withAdded(rows, value)),
    discard: () => keep(null),
  };
}
