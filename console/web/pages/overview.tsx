import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { ArrowUpRight, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Application, Component, ComponentStatus } from "../../../shared/contract/component.ts";
import { queries } from "../api/queries.ts";
import { appPath, componentPath, componentsOf, useApplications, useComponents } from "../components/lookup.ts";
import { OperationRow } from "../components/operation-row.tsx";
import { useTeam } from "../components/team.ts";
import { useTold } from "../i18n/platform-words.ts";
import { StatusChip, toneOf } from "../ui/chip.tsx";
import { PageHead } from "../ui/page.tsx";
import { ErrorPanel, Skeleton } from "../ui/states.tsx";
import { FirstDeploy } from "./first-deploy.tsx";
import "./overview.css";

/** The one that most wants a look speaks for the application. */
const urgency: readonly ComponentStatus[] = [
  "failed",
  "degraded",
  "unknown",
  "building",
  "starting",
  "updating",
  "stopping",
  "running",
  "stopped",
  "empty",
];
export const worstOf = (components: readonly Component[]): ComponentStatus =>
  urgency.find((status) => components.some((c) => c.status === status)) ?? "empty";

const hostOf = (url: string) => url.replace(/^https?:\/\//, "").replace(/\/$/, "");

function ApplicationCard({
  application,
  components,
}: {
  readonly application: Application;
  readonly components: readonly Component[];
}) {
  const { t } = useTranslation();
  const team = useTeam();
  const urls = components.flatMap((c) => (c.url?.startsWith("http") ? [c.url] : []));
  return (
    <article className="app-card">
      <header>
        <h2>
          <Link to={appPath(team.id, application)} className="stretched">
            {application.name}
          </Link>
        </h2>
        {application.removing ? (
          <span className="muted small">{t("application.removing")}</span>
        ) : (
          <StatusChip status={worstOf(components)} />
        )}
      </header>
      <p className="app-card-about muted">
        {application.description || t("application.components", { count: components.length })}
      </p>
      <ul className="app-card-components">
        {components.slice(0, 6).map((component) => (
          <li key={component.id}>
            <span className={`dot dot-${toneOf(component.status)}`} aria-hidden />
            <Link to={componentPath(team.id, application, component)}>{component.name}</Link>
          </li>
        ))}
        {components.length > 6 && <li className="muted">{t("application.more", { count: components.length - 6 })}</li>}
        {components.length === 0 && <li className="muted">{t("application.none")}</li>}
      </ul>
      {urls[0] && (
        <a className="app-card-url mono" href={urls[0]} target="_blank" rel="noreferrer">
          <span>{hostOf(urls[0])}</span>
          <ArrowUpRight size={14} aria-hidden />
        </a>
      )}
    </article>
  );
}

const wantsLook = (c: Component) => c.status === "failed" || c.status === "degraded" || c.status === "unknown" || c.undeployed;

/** What is broken and what waits to be deployed. */
function NeedsYou({
  applications,
  components,
}: {
  readonly applications: readonly Application[];
  readonly components: readonly Component[];
}) {
  const { t } = useTranslation();
  const told = useTold();
  const team = useTeam();
  const waiting = components.filter(wantsLook).toSorted((a, b) => urgency.indexOf(a.status) - urgency.indexOf(b.status));
  return (
    <section className="side-block" aria-labelledby="needs-you">
      <h2 id="needs-you">{t("overview.needsYou")}</h2>
      {waiting.length === 0 && <p className="muted">{t("overview.allWell")}</p>}
      <ul>
        {waiting.slice(0, 6).map((component) => {
          const application = applications.find((a) => a.id === component.application);
          const advice = component.advice[0];
          return (
            <li key={component.id} className="needs">
              <div className="needs-head">
                <StatusChip status={component.status} quiet />
                {application && (
                  <Link to={componentPath(team.id, application, component)}>{`${application.name} / ${component.name}`}</Link>
                )}
              </div>
              <p>
                {advice
                  ? told(advice).message
                  : component.undeployed
                    ? t("component.undeployed")
                    : t(`status.${component.status}.why`)}
              </p>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Recent({
  applications,
  components,
}: {
  readonly applications: readonly Application[];
  readonly components: readonly Component[];
}) {
  const { t } = useTranslation();
  const team = useTeam();
  const { data, isPending } = useQuery(queries.operations(team.id));
  return (
    <section className="side-block" aria-labelledby="recent">
      <h2 id="recent">{t("overview.recent")}</h2>
      {isPending && <Skeleton rows={4} height={36} />}
      {data?.length === 0 && <p className="muted">{t("overview.noRecent")}</p>}
      {data?.slice(0, 8).map((operation) => (
        <OperationRow
          key={operation.id}
          team={team.id}
          operation={operation}
          component={components.find((c) => c.id === operation.component)}
          application={applications.find((a) => a.id === operation.application)}
        />
      ))}
    </section>
  );
}

function Full({
  applications,
  components,
}: {
  readonly applications: readonly Application[];
  readonly components: readonly Component[];
}) {
  const { t } = useTranslation();
  const team = useTeam();
  const order = applications.toSorted((a, b) => a.name.localeCompare(b.name));
  return (
    <div className="page">
      <PageHead
        title={t("overview.title")}
        actions={
          <Link to={`/t/${team.id}/new`}>
            <Button type="primary" icon={<Plus size={16} aria-hidden />} tabIndex={-1}>
              {t("action.new")}
            </Button>
          </Link>
        }
      />
      <div className="overview">
        <div className="app-cards">
          {order.map((application) => (
            <ApplicationCard key={application.id} application={application} components={componentsOf(components, application)} />
          ))}
        </div>
        <aside className="overview-side">
          <NeedsYou applications={applications} components={components} />
          <Recent applications={applications} components={components} />
        </aside>
      </div>
    </div>
  );
}

export function OverviewPage() {
  const applications = useApplications();
  const components = useComponents();
  if (applications.isError || components.isError)
    return (
      <div className="page">
        <ErrorPanel
          error={applications.error ?? components.error}
          retry={() => {
            void applications.refetch();
            void components.refetch();
          }}
        />
      </div>
    );
  if (!applications.data || !components.data)
    return (
      <div className="page">
        <Skeleton rows={4} height={96} />
      </div>
    );
  if (applications.data.length === 0) return <FirstDeploy />;
  return <Full applications={applications.data} components={components.data} />;
}
