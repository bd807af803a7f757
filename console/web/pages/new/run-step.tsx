import { Button } from "antd";
import { ArrowUpRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Application, Component } from "../../../../shared/contract/component.ts";
import { useChannel } from "../../api/live.ts";
import { adoptComponent } from "../../api/queries.ts";
import { useTold } from "../../i18n/platform-words.ts";
import { componentPath } from "../../components/lookup.ts";
import { useTeam } from "../../components/team.ts";
import { StatusChip } from "../../ui/chip.tsx";
import { Note } from "../../ui/states.tsx";

/** The last part of the story: it runs, and here is where. */
export function RunStep({ application, component }: { readonly application: Application; readonly component: Component }) {
  const { t } = useTranslation();
  const team = useTeam();
  useChannel(
    `component/${component.id}`,
    {},
    { onData: (data) => data.kind === "component" && adoptComponent(team.id, data.component) },
  );
  const told = useTold();
  const advice = component.advice[0];
  const to = componentPath(team.id, application, component);
  return (
    <div className="stack">
      <div className="row row-wrap">
        <StatusChip status={component.status} />
        <span className="muted">{t(`status.${component.status}.why`)}</span>
      </div>
      {advice && (
        <Note level={component.status === "failed" ? "error" : "warning"} title={told(advice).message}>
          {told(advice).next}
        </Note>
      )}
      <div className="row row-wrap">
        {component.status === "running" && component.url && (
          <a href={component.url} target="_blank" rel="noreferrer" data-testid="open-app">
            <Button type="primary" icon={<ArrowUpRight size={16} aria-hidden />} iconPlacement="end" tabIndex={-1}>
              {component.url.replace(/^https?:\/\//, "")}
            </Button>
          </a>
        )}
        <Link to={to}>
          <Button tabIndex={-1}>{t("new.toComponent")}</Button>
        </Link>
      </div>
    </div>
  );
}
