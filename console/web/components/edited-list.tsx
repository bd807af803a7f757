import { Plus } from "lucide-react";
import { useState } from "react";
import { ReasonButton } from "../ui/reason-button.tsx";
import "./edited-list.css";

/** A list of the configuration that is edited in place and saved as a whole. */
export function useEdited<T>(saved: readonly T[]) {
  const [edited, setEdited] = useState<readonly T[] | null>(null);
  const items = edited ?? saved;
  const set = (next: readonly T[]) => setEdited(JSON.stringify(next) === JSON.stringify(saved) ? null : next);
  return {
    items,
    dirty: edited !== null,
    add: (item: T) => set([...items, item]),
    change: (at: number, item: T) => set(items.map((one, n) => (n === at ? item : one))),
    remove: (at: number) => set(items.filter((_, n) => n !== at)),
    discard: () => setEdited(null),
  };
}

export const firstFree = (taken: readonly string[], word: string): string => {
  let n = 1;
  while (taken.includes(n === 1 ? word : `${word}-${n}`)) n += 1;
  return n === 1 ? word : `${word}-${n}`;
};

/** Adds one more, or says in sight why that cannot be. */
export function AddOne({
  reason,
  words,
  add,
}: {
  readonly reason: string | null;
  readonly words: string;
  readonly add: () => void;
}) {
  return (
    <div className="add-one row row-wrap">
      <ReasonButton icon={<Plus size={14} aria-hidden />} reason={reason} onClick={add}>
        {words}
      </ReasonButton>
      {reason && <span className="muted small">{reason}</span>}
    </div>
  );
}
