import { ArrowRightLeft, Hammer, type LucideIcon, Minus, Play, RotateCw, Route, Square, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Plan } from "../../../shared/contract/component.ts";
import { useTold } from "../i18n/platform-words.ts";
import type { NameOf } from "./diff-lines.ts";
import { DiffList } from "./diff-list.tsx";
import { Note } from "./states.tsx";

const effectIcon: Readonly<Record<Plan["effects"][number]["kind"], LucideIcon>> = {
  build: Hammer,
  restart: RotateCw,
  start: Play,
  stop: Square,
  move: ArrowRightLeft,
  remove: Trash2,
  route: Route,
  none: Minus,
};

/** What a change would do: what running things feel, what to beware of, and the difference itself. */
export function PlanView({ plan, nameOf }: { readonly plan: Plan; readonly nameOf?: NameOf }) {
  const { t } = useTranslation();
  const told = useTold();
  return (
    <div className="stack">
      {plan.warnings.map((warning) => (
        <Note key={warning.code} level="warning" title={told(warning).message} />
      ))}
      {plan.effects.length > 0 && (
        <ul className="effects" aria-label={t("plan.effects")}>
          {plan.effects.map((effect) => {
            const Icon = effectIcon[effect.kind];
            return (
              <li key={`${effect.kind}${effect.message}`}>
                <Icon size={16} aria-hidden />
                <span>{told(effect).message}</span>
              </li>
            );
          })}
        </ul>
      )}
      {plan.changes.length > 0 && <DiffList changes={plan.changes} nameOf={nameOf} />}
      {plan.changes.length === 0 && plan.effects.length === 0 && <p className="muted">{t("plan.noChanges")}</p>}
    </div>
  );
}
