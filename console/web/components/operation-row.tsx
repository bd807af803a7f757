import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Application, Component } from "../../../shared/contract/component.ts";
import type { Operation } from "../../../shared/contract/operation.ts";
import { ProgressIcon } from "../ui/chip.tsx";
import { Ago } from "../ui/time.tsx";
import { componentPath } from "./lookup.ts";
import "./operation-row.css";

interface Props {
  readonly team: string;
  readonly operation: Operation;
  readonly component: Component | undefined;
  readonly application: Application | undefined;
}

/** "Deploy web" with its state, who and when. */
export function OperationRow({ team, operation, component, application }: Props) {
  const { t } = useTranslation();
  const name = component?.name ?? t("component.removed");
  const words = (
    <>
      <ProgressIcon state={operation.state} />
      <span className="op-row-words">
        <span>
          {t(`operation.kind.${operation.kind}`)} <strong>{name}</strong>
        </span>
        <span className="muted small">
          {t(`progress.${operation.state}`)} · {operation.actor.name}
        </span>
      </span>
      <span className="muted small">
        <Ago at={operation.createdAt} />
      </span>
    </>
  );
  if (!component || !application) return <div className="op-row">{words}</div>;
  return (
    <Link className="op-row" to={`${componentPath(team, application, component, "operations")}?op=${operation.id}`}>
      {words}
    </Link>
  );
}
