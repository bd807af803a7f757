import { useTranslation } from "react-i18next";
import type { Change } from "../../../shared/contract/component.ts";
import { diffLinesOf, type NameOf } from "./diff-lines.ts";

/** What was, in red with a minus; what will be, in green with a plus. */
export function DiffList({
  changes,
  none,
  nameOf,
}: {
  readonly changes: readonly Change[];
  readonly none?: string;
  readonly nameOf?: NameOf | undefined;
}) {
  const { t } = useTranslation();
  if (changes.length === 0) return <p className="muted">{none ?? t("plan.noChanges")}</p>;
  // A secret's value is never told, only that it is one.
  const secrets = new Map([
    ["(secret)", t("plan.secret")],
    ["(secret, changed)", t("plan.secretChanged")],
  ]);
  return (
    <ul className="diff" aria-label={t("plan.changes")}>
      {changes.map((change) => {
        const lines = diffLinesOf(change, nameOf);
        return (
          <li key={change.path}>
            <div className="diff-path mono">{change.path}</div>
            {lines.map(({ sign, text }) => (
              <div key={sign + text} className={`diff-line ${sign === "-" ? "diff-before" : "diff-after"}`}>
                <span aria-hidden>{sign === "-" ? "−" : "+"}</span>
                <span>
                  <span className="sr-only">{sign === "-" ? t("plan.before") : t("plan.after")}</span>
                  {secrets.get(text) ?? text}
                </span>
              </div>
            ))}
            {lines.length === 0 && <div className="diff-line">{t("plan.nothing")}</div>}
          </li>
        );
      })}
    </ul>
  );
}
