import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Component, Instance } from "../../../../shared/contract/component.ts";
import { instanceEnd } from "../../../../shared/domain/instance-name.ts";
import { useFreshUsage } from "../../api/live.ts";
import { queries } from "../../api/queries.ts";
import { useActions } from "../../components/actions.ts";
import { useCannot } from "../../components/can.ts";
import { componentPath } from "../../components/lookup.ts";
import { OperationRow } from "../../components/operation-row.tsx";
import { OperationStory } from "../../components/operation-story.tsx";
import { PushHelp } from "../../components/push-help.tsx";
import { SourceWords } from "../../components/source-words.tsx";
import { useTeam } from "../../components/team.ts";
import { useTold } from "../../i18n/platform-words.ts";
import { InstanceChip } from "../../ui/chip.tsx";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { type Fact, Facts, Section } from "../../ui/page.tsx";
import { bytes, cores } from "../../ui/quantity.ts";
import { ReasonButton } from "../../ui/reason-button.tsx";
import { Empty, Note, Skeleton } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";
import { type ComponentContext, useComponentContext } from "../../components/component-context.ts";

function AdviceNotes({ component, application }: ComponentContext) {
  const { t } = useTranslation();
  const told = useTold();
  const team = useTeam();
  const at = (tab: string) => componentPath(team.id, application, component, tab);
  const operations = useInfiniteQuery(queries.componentOperations(team.id, component.id)).data ?? [];
  /** Of a build that failed, the program's log says nothing. */
  const logOf = ({ code }: Component["advice"][number]) => {
    const built = operations.find((o) => o.build !== null && o.release === null && o.failure?.code === code);
    return built
      ? { to: `${at("operations")}?op=${built.id}`, word: t("logs.buildLog") }
      : { to: at("logs"), word: t("tab.logs") };
  };
  const level = component.status === "failed" ? "error" : "warning";
  return component.advice.map((advice) => (
    <Note
      key={advice.code + advice.message}
      level={level}
      title={told(advice).message}
      action={
        <Link to={logOf(advice).to}>
          <Button size="small" tabIndex={-1}>
            {logOf(advice).word}
          </Button>
        </Link>
      }
    >
      {told(advice).next}
    </Note>
  ));
}

const FailureLog = lazy(async () => ({ default: (await import("./failure-log.tsx")).FailureLog }));

function useInstanceColumns(component: Component): readonly Column<Instance>[] {
  const { t, i18n } = useTranslation();
  const limit = component.configuration.resources.memoryMib * 1024 * 1024;
  const exit = (instance: Instance) => {
    const last = instance.lastExit;
    if (!last) return "";
    if (last.outOfMemory) return t("instance.outOfMemory");
    return last.signal ?? t("instance.exitCode", { code: last.code ?? "?" });
  };
  return [
    {
      key: "id",
      title: t("instance.one"),
      // What tells instances apart stays whole where the name is cut.
      cell: (i) => (
        <span className="mono instance-id" title={i.id}>
          <span>{component.name}</span>
          <span>-{instanceEnd(i.id)}</span>
        </span>
      ),
      sort: (i) => i.id,
    },
    {
      key: "state",
      title: t("table.state"),
      cell: (i) => (
        <span className="instance-state">
          <InstanceChip {...i} />
          {i.lastExit && <span className="muted small">{exit(i)}</span>}
        </span>
      ),
      sort: (i) => i.state,
    },
    { key: "release", title: t("release.one"), cell: (i) => `#${i.releaseNumber}`, numeric: true, sort: (i) => i.releaseNumber },
    { key: "restarts", title: t("instance.restarts"), cell: (i) => i.restarts, numeric: true, sort: (i) => i.restarts },
    {
      key: "memory",
      title: t("instance.memory"),
      cell: (i) =>
        i.memoryBytes === null ? (
          "–"
        ) : (
          <span title={t("instance.ofLimit", { limit: bytes(limit, i18n.language) })}>{bytes(i.memoryBytes, i18n.language)}</span>
        ),
      numeric: true,
      sort: (i) => i.memoryBytes ?? 0,
    },
    {
      key: "cpu",
      title: t("instance.cpu"),
      cell: (i) => (i.cpuMillis === null ? "–" : cores(i.cpuMillis, i18n.language)),
      numeric: true,
      sort: (i) => i.cpuMillis ?? 0,
    },
    { key: "started", title: t("instance.started"), cell: (i) => <Ago at={i.startedAt} />, sort: (i) => i.startedAt ?? "" },
  ];
}

function Instances({ component }: { readonly component: Component }) {
  const { t } = useTranslation();
  return (
    <Section title={t("instance.many")} flush>
      <DataTable
        name="instances"
        label={t("instance.many")}
        rows={component.instances}
        rowKey={(i) => i.id}
        columns={useInstanceColumns(component)}
        empty={component.wanted === "stopped" ? t("instance.noneStopped") : t("instance.none")}
      />
    </Section>
  );
}

const recentMax = 6;

function Recent({ component, application }: ComponentContext) {
  const { t } = useTranslation();
  const team = useTeam();
  const { data } = useInfiniteQuery(queries.componentOperations(team.id, component.id));
  if (!data || data.length === 0) return null;
  return (
    <Section
      title={t("overview.recent")}
      actions={<Link to={componentPath(team.id, application, component, "operations")}>{t("overview.all")}</Link>}
      flush
    >
      {data.slice(0, recentMax).map((operation) => (
        <OperationRow key={operation.id} team={team.id} operation={operation} component={component} application={application} />
      ))}
    </Section>
  );
}

function Now({ component, application }: ComponentContext) {
  const { t } = useTranslation();
  const team = useTeam();
  const actions = useActions(component, application);
  const cannot = useCannot(component);
  const operations = useInfiniteQuery(queries.componentOperations(team.id, component.id)).data ?? [];
  if (component.operation)
    return (
      <Section title={t("component.now")}>
        <OperationStory id={component.operation} />
      </Section>
    );
  if (component.release) return null;
  if (component.repositoryUrl && component.source.kind === "push") return <PushHelp component={component} />;
  const deploy = (
    <ReasonButton type="primary" reason={cannot("deploy")} onClick={actions.deploy}>
      {t("action.deploy")}
    </ReasonButton>
  );
  const failed = operations.find(({ kind }) => kind === "deploy");
  if (failed?.state !== "failed")
    return (
      <Section>
        <Empty title={t("component.neverDeployed")} action={deploy}>
          {t("component.neverDeployedAbout")}
        </Empty>
      </Section>
    );
  return (
    <Section>
      <Empty
        title={t("component.firstFailed")}
        action={
          <div className="row row-wrap">
            {deploy}
            <Link to={`${componentPath(team.id, application, component, "operations")}?op=${failed.id}`}>
              <Button tabIndex={-1}>{failed.build ? t("logs.buildLog") : t("component.whatFailed")}</Button>
            </Link>
          </div>
        }
      >
        {t("component.firstFailedAbout")}
      </Empty>
    </Section>
  );
}

function About({ component }: { readonly component: Component }) {
  const { t, i18n } = useTranslation();
  const team = useTeam();
  const releases = useQuery({ ...queries.releases(team.id, component.id), enabled: component.release !== null }).data;
  const current = releases?.find((r) => r.id === component.release?.id);
  const dataCenter = useQuery(queries.dataCenters(team.id)).data?.find((d) => d.id === component.dataCenter);
  const { kind, resources, replicas, schedule } = component.configuration;
  const facts: Fact[] = [
    { label: t("release.current"), value: component.release ? `#${component.release.number}` : "–" },
    ...(current?.commit
      ? [
          {
            label: t("release.commit"),
            value: (
              <span title={current.commit.message}>
                <span className="mono">{current.commit.id.slice(0, 7)}</span> {current.commit.message.split("\n")[0]}
              </span>
            ),
          },
        ]
      : []),
    ...(current
      ? [
          {
            label: t("release.deployed"),
            value: (
              <>
                <Ago at={current.createdAt} /> · {current.createdBy.name}
              </>
            ),
          },
        ]
      : []),
    { label: t("source.label"), value: <SourceWords source={component.source} /> },
    ...(kind === "stateless" ? [] : [{ label: t("kind.word"), value: t(`kind.of.${kind}`) }]),
    ...(schedule && kind === "cron" ? [{ label: t("kind.schedule"), value: <span className="mono">{schedule.cron}</span> }] : []),
    ...(kind === "stateless" || kind === "stateful" ? [{ label: t("scaling.replicas"), value: replicas }] : []),
    {
      label: t("scaling.limits"),
      value: t("scaling.limitsWords", {
        memory: bytes(resources.memoryMib * 1024 * 1024, i18n.language),
        cpu: cores(resources.cpuMillis, i18n.language),
      }),
    },
    {
      label: t("dataCenter.one"),
      value: dataCenter ? <Link to={`/data-centers/${dataCenter.id}`}>{dataCenter.name}</Link> : "–",
    },
    { label: t("component.created"), value: <Ago at={component.createdAt} /> },
  ];
  return (
    <Section title={t("component.about")}>
      <Facts facts={facts} />
    </Section>
  );
}

function Addresses({ component }: { readonly component: Component }) {
  const { t } = useTranslation();
  if (component.addresses.length === 0) return null;
  return (
    <Section title={t("ports.addresses")} flush>
      <ul className="address-list">
        {component.addresses.map((address) => (
          <li key={address.port}>
            <span className="mono num">{address.port}</span>
            {address.url.startsWith("http") ? (
              <a href={address.url} target="_blank" rel="noreferrer" className="mono clip">
                {address.url}
              </a>
            ) : (
              <span className="mono clip">{address.url}</span>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}

export function OverviewTab() {
  const { t } = useTranslation();
  const team = useTeam();
  const { application, component } = useComponentContext();
  useFreshUsage(team.id, component.id);
  return (
    <>
      {component.removing && <Note level="warning" title={t("component.removing")} />}
      <AdviceNotes application={application} component={component} />
      {component.status === "failed" && component.release && (
        <Suspense fallback={<Skeleton rows={1} height={208} />}>
          <FailureLog component={component.id} />
        </Suspense>
      )}
      <div className="two-columns">
        <div>
          <Now application={application} component={component} />
          <Instances component={component} />
          <Recent application={application} component={component} />
        </div>
        <div>
          <Addresses component={component} />
          <About component={component} />
        </div>
      </div>
    </>
  );
}
