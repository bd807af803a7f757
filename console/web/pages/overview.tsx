import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { ArrowUpRight, Plus } from "lucide-react";
import { lazy, Suspense, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import type { Application, Component } from "../../../shared/contract/component.ts";
import { queries } from "../api/queries.ts";
import { appPath, componentPath, useApplications, useComponents } from "../components/lookup.ts";
import { OperationRow } from "../components/operation-row.tsx";
import { useTeam } from "../components/team.ts";
import { urgency, wantsLook, worstOf } from "../components/urgency.ts";
import { useTold } from "../i18n/platform-words.ts";
import { StatusChip, toneOf } from "../ui/chip.tsx";
import { Older } from "../ui/older.tsx";
import { PageHead } from "../ui/page.tsx";
import { paged, Pager } from "../ui/pager.tsx";
import { Empty, ErrorPanel, Skeleton } from "../ui/states.tsx";
import { useUrlState } from "../ui/url-state.ts";
import { FirstDeploy } from "./first-deploy.tsx";
import { type Entry, entriesOf, filtered, type OverviewFilter } from "./overview-filter.ts";
import "./overview.css";

const hostOf = (url: string) => url.replace(/^https?:\/\//, "").replace(/\/$/, "");

function ApplicationCard({ application, components }: Entry) {
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
        {application.description || (components.length > 0 && t("application.components", { count: components.length }))}
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

const waitingMax = 6;

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
    <section className="side-block overview-needs" aria-labelledby="needs-you">
      <h2 id="needs-you">{t("overview.needsYou")}</h2>
      {waiting.length === 0 && <p className="muted">{t("overview.allWell")}</p>}
      <ul>
        {waiting.slice(0, waitingMax).map((component) => {
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
      {waiting.length > waitingMax && (
        <Link to="?apps.state=look">{t("overview.moreWaiting", { count: waiting.length - waitingMax })}</Link>
      )}
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
  const list = useInfiniteQuery(queries.operations(team.id));
  const { data, isPending, isLoadingError, error, refetch } = list;
  return (
    <section className="side-block" aria-labelledby="recent">
      <h2 id="recent">{t("overview.recent")}</h2>
      {isPending && <Skeleton rows={4} height={36} />}
      {isLoadingError && <ErrorPanel error={error} retry={() => void refetch()} compact />}
      {data?.length === 0 && <p className="muted">{t("overview.noRecent")}</p>}
      {data?.map((operation) => (
        <OperationRow
          key={operation.id}
          team={team.id}
          operation={operation}
          component={components.find((c) => c.id === operation.component)}
          application={applications.find((a) => a.id === operation.application)}
        />
      ))}
      <Older list={list} />
    </section>
  );
}

/** Fills rows of two, three and four. */
const cardsPerPage = 24;

function useOverviewFilter(): OverviewFilter {
  const [params] = useSearchParams();
  const word = (name: string) => params.get(`apps.${name}`) ?? "";
  return { text: word("filter"), state: word("state"), dataCenter: word("data-center") };
}

/** What only teams with many applications need comes when they do. */
const FilterBar = lazy(async () => ({ default: (await import("./overview-filter-bar.tsx")).FilterBar }));
const fewApplications = 5;

function NothingFound({ then }: { readonly then: () => void }) {
  const { t } = useTranslation();
  const [, setParams] = useSearchParams();
  const showAll = () => {
    setParams({}, { replace: true });
    then();
  };
  return (
    <Empty title={t("overview.nothing")} action={<Button onClick={showAll}>{t("overview.showAll")}</Button>}>
      {t("overview.nothingAbout")}
    </Empty>
  );
}

function Cards({ entries }: { readonly entries: readonly Entry[] }) {
  const filter = useOverviewFilter();
  const asks = Object.values(filter).some((word) => word !== "");
  const [page, setPage] = useUrlState("apps.page", "1");
  const found = filtered(entries, filter);
  const paging = paged(found, cardsPerPage, page);
  const main = useRef<HTMLDivElement>(null);
  return (
    <div className="overview-main" ref={main}>
      {(entries.length > fewApplications || asks) && (
        <search className="overview-filter">
          <Suspense>
            <FilterBar entries={entries} filter={filter} found={asks ? found.length : null} />
          </Suspense>
        </search>
      )}
      {found.length === 0 && <NothingFound then={() => main.current?.querySelector("input")?.focus()} />}
      <div className="app-cards">
        {paging.shown.map((entry) => (
          <ApplicationCard key={entry.application.id} {...entry} />
        ))}
      </div>
      <Pager paging={paging} choose={setPage} />
    </div>
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
        <NeedsYou applications={applications} components={components} />
        <Cards entries={entriesOf(applications, components)} />
        <Recent applications={applications} components={components} />
      </div>
    </div>
  );
}

export function OverviewPage() {
  const applications = useApplications();
  const components = useComponents();
  if (applications.isLoadingError || components.isLoadingError)
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
