import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Note } from "../ui/states.tsx";
import type { Edit } from "./use-edit.ts";

interface FieldWords {
  readonly label: string;
  /** How its value is called; without it, the value itself is shown. */
  readonly words?: (value: never) => string;
}
/** By the fields' paths. */
export type FormWords = Readonly<Record<string, FieldWords>>;

type Conflicting = Pick<Edit<unknown>, "conflicts" | "keepMine" | "takeTheirs">;

/** Why an edit cannot be saved until it is decided what is to be; null: it can. */
export function useConflictReason({ conflicts }: Conflicting, fields: FormWords): string | null {
  const { t, i18n } = useTranslation();
  if (conflicts.length === 0) return null;
  const names = conflicts.map(({ path }) => fields[path]?.label ?? path);
  return t("edit.both", { names: new Intl.ListFormat(i18n.language).format(names) });
}

/** What somebody else has changed too: theirs and mine, to choose. */
export function Conflicts({ edit, fields }: { readonly edit: Conflicting; readonly fields: FormWords }) {
  const { t } = useTranslation();
  const word = (path: string, value: unknown): string => {
    if (value === null || value === undefined || value === "") return t("edit.empty");
    const words = fields[path]?.words as ((value: unknown) => string) | undefined;
    if (words) return words(value);
    if (typeof value === "boolean" || typeof value === "object") return value ? t("edit.on") : t("edit.off");
    return String(value);
  };
  return edit.conflicts.map(({ path, theirs, mine }) => {
    const label = fields[path]?.label ?? path;
    const choices = [
      { key: "theirs", name: t("edit.takeTheirs"), value: theirs, choose: edit.takeTheirs },
      { key: "mine", name: t("edit.keepMine"), value: mine, choose: edit.keepMine },
    ];
    return (
      <Note key={path} level="warning" title={t("edit.both", { names: label })}>
        <ul className="conflict">
          {choices.map(({ key, name, value, choose }) => (
            <li key={key}>
              <Button size="small" aria-label={`${name}: ${label}`} onClick={() => choose(path)}>
                {name}
              </Button>
              <span className="mono pre-line">{word(path, value)}</span>
            </li>
          ))}
        </ul>
      </Note>
    );
  });
}
