import { useState } from "react";
import { type Conflict, differing, fieldAt, mergedFields, withField } from "../forms/merge-fields.ts";

export interface Edit<T> {
  /** As it is edited, else as it is saved. */
  readonly value: T;
  readonly isEdited: boolean;
  /** Fields that somebody else has changed too since they are edited: saved, it would undo that. */
  readonly conflicts: readonly Conflict[];
  readonly set: (value: T) => void;
  readonly keepMine: (path: string) => void;
  readonly takeTheirs: (path: string) => void;
  readonly discard: () => void;
}
interface Kept<T> {
  readonly value: T;
  /** The saved value that it is an edit of. */
  readonly of: string;
  readonly both: readonly string[];
}

/** An edit of something saved, until it is saved as a whole. What somebody else saves meanwhile is taken into it, field by field. What is as it is saved is no edit. */
export function useEdit<T>(saved: T): Edit<T> {
  const now = JSON.stringify(saved);
  const [kept, keep] = useState<Kept<T> | null>(null);
  let edit = kept;
  if (edit && edit.of !== now) {
    const { value, both } = mergedFields({ base: JSON.parse(edit.of), theirs: saved, mine: edit.value });
    edit = { value: value as T, of: now, both: [...new Set([...edit.both, ...both])] };
  }
  // Or it would be one again when somebody saves something else.
  if (edit && differing(edit.value, saved).length === 0) edit = null;
  if (edit !== kept) keep(edit);
  const { value, both } = edit ?? { value: saved, both: [] };
  const decide = (path: string, decided: T) => keep({ value: decided, of: now, both: both.filter((each) => each !== path) });
  return {
    value,
    isEdited: edit !== null,
    conflicts: both
      .map((path) => ({ path, theirs: fieldAt(saved, path), mine: fieldAt(value, path) }))
      .filter(({ theirs, mine }) => differing(theirs, mine).length > 0),
    set: (changed) => keep({ value: changed, of: now, both }),
    keepMine: (path) => decide(path, value),
    takeTheirs: (path) => decide(path, withField(value, path, fieldAt(saved, path)) as T),
    discard: () => keep(null),
  };
}
