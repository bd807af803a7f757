import { useTranslation } from "react-i18next";
import type { Change } from "../../../shared/contract/component.ts";

const shown = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
const isNone = (value: unknown) => value === undefined || value === null;

/** What was, in red with a minus; what will be, in green with a plus. */
export function DiffList({ changes, none }: { readonly changes: readonly Change[]; readonly none?: string }) {
  const { t } = useTranslation();
  if (changes.length === 0) return <p className="muted">{none ?? t("plan.noChanges")}</p>;
  return (
    <ul className="diff" aria-label={t("plan.changes")}>
      {changes.map((change) => (
        <li key={change.path}>
          <div className="diff-path mono">{change.path}</div>
          {!isNone(change.before) && (
            <div className="diff-line diff-before">
              <span aria-hidden>{"−"}</span>
              <span>
                <span className="sr-only">{t("plan.before")}</span>
                {shown(change.before)}
              </span>
            </div>
          )}
          {!isNone(change.after) && (
            <div className="diff-line diff-after">
              <span aria-hidden>{"+"}</span>
              <span>
                <span className="sr-only">{t("plan.after")}</span>
                {shown(change.after)}
              </span>
            </div>
          )}
          {isNone(change.before) && isNone(change.after) && <div className="diff-line">{t("plan.nothing")}</div>}
        </li>
      ))}
    </ul>
  );
}
