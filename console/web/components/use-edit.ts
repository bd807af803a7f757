import { useState } from "react";

export interface Edit<T> {
  /** As it is edited, else as it is saved. */
  readonly value: T;
  readonly isEdited: boolean;
  /** Somebody else has saved it since the edit began: it would undo that. */
  readonly isStale: boolean;
  readonly set: (value: T) => void;
  readonly discard: () => void;
}

/** An edit of something saved, until it is saved as a whole. What is as it is saved is no edit. */
export function useEdit<T>(saved: T): Edit<T> {
  const now = JSON.stringify(saved);
  const [kept, keep] = useState<{ readonly value: T; readonly of: string } | null>(null);
  const edit = kept && JSON.stringify(kept.value) !== now ? kept : null;
  // Or it would be one again when somebody saves something else.
  if (kept && !edit) keep(null);
  return {
    value: edit ? edit.value : saved,
    isEdited: edit !== null,
    isStale: edit !== null && edit.of !== now,
    set: (value) => keep({ value, of: edit?.of ?? now }),
    discard: () => keep(null),
  };
}
