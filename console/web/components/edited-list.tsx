import { Plus, Trash2 } from "lucide-react";
import type { ComponentType, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Configuration } from "../../../shared/contract/component.ts";
import { Section } from "../ui/page.tsx";
import { ReasonButton } from "../ui/reason-button.tsx";
import { Empty } from "../ui/states.tsx";
import { useCannot } from "./can.ts";
import { useComponentContext } from "./component-context.ts";
import { useConfigurationChange } from "./configuration-change.ts";
import { useConfigurationReason } from "./configuration-reason.ts";
import { SaveBar } from "./save-bar.tsx";
import { useListEdit } from "./use-list-edit.ts";
import "./edited-list.css";

export interface RowProps<T> {
  readonly value: T;
  readonly readOnly: boolean;
  readonly change: (value: T) => void;
  readonly remove: () => void;
}

interface EditedListProps<T> {
  readonly title: string;
  readonly about: string;
  /** What is said where there is none. */
  readonly none: { readonly title: string; readonly about: string };
  /** The columns' names, above the rows. */
  readonly head?: ReactNode;
  readonly saved: readonly T[];
  /** What an entry is called; no other has it. */
  readonly keyOf: (value: T) => string;
  readonly Row: ComponentType<RowProps<T>>;
  /** What `add` adds: the first of these that may be. */
  readonly next: (items: readonly T[]) => readonly [T, ...T[]];
  readonly add: string;
  readonly most: number;
  readonly configurationOf: (items: readonly T[]) => Partial<Configuration>;
  /** What is wrong before the rules of the configuration are asked. */
  readonly problemOf: (items: readonly T[]) => string | null;
}

/** A list of the configuration that is edited in place and saved as a whole. */
export function EditedList<T>({ saved, keyOf, Row, configurationOf, ...list }: EditedListProps<T>) {
  const { t } = useTranslation();
  const { component } = useComponentContext();
  const cannot = useCannot(component);
  const change = useConfigurationChange();
  const reasonOf = useConfigurationReason();
  const { rows, items, change: edit, remove, add, discard, isEdited, both } = useListEdit(saved, keyOf);
  const candidates = list.next(items);
  const next = candidates.find((each) => reasonOf(configurationOf([...items, each])) === null) ?? candidates[0];
  const full = items.length >= list.most ? t("edit.most", { count: list.most }) : null;
  const cannotAdd = cannot("update") ?? full ?? (items.length === 0 ? reasonOf(configurationOf([next])) : null);
  return (
    <Section title={list.title} about={list.about} flush>
      {items.length === 0 ? <Empty title={list.none.title}>{list.none.about}</Empty> : list.head}
      <ul>
        {rows.map(({ id, value }) => (
          <Row
            key={id}
            value={value}
            readOnly={cannot("update") !== null}
            change={(now) => edit(id, now)}
            remove={() => remove(id)}
          />
        ))}
      </ul>
      <div className="add-one row row-wrap">
        <ReasonButton icon={<Plus size={14} aria-hidden />} reason={cannotAdd} onClick={() => add(next)}>
          {list.add}
        </ReasonButton>
        {cannotAdd && <span className="muted small">{cannotAdd}</span>}
      </div>
      <SaveBar
        count={isEdited ? 1 : 0}
        both={both}
        reason={list.problemOf(items) ?? reasonOf(configurationOf(items))}
        discard={discard}
        review={() => change({ title: list.title, configuration: configurationOf(items), applied: discard })}
      />
    </Section>
  );
}

export function RemoveRow({
  label,
  readOnly,
  remove,
}: Pick<RowProps<unknown>, "readOnly" | "remove"> & { readonly label: string }) {
  return (
    <button type="button" className="icon-button" aria-label={label} disabled={readOnly} onClick={remove}>
      <Trash2 size={14} aria-hidden />
    </button>
  );
}
