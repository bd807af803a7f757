import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import type { Component } from "../../../../shared/contract/component.ts";
import type { DataCenter } from "../../../../shared/contract/data-center.ts";
import { isLiving } from "../../../../shared/domain/data-center-usage.ts";
import { queries, usageMs } from "../../api/queries.ts";
import { OperationStory } from "../../components/operation-story.tsx";
import { componentPath, useApplications, useComponents } from "../../components/lookup.ts";
import { useTeam } from "../../components/team.ts";
import { DataCenterChip, StatusChip } from "../../ui/chip.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { DataTable } from "../../ui/data-table.tsx";
import { Older } from "../../ui/older.tsx";
import { Facts, PageHead, Section } from "../../ui/page.tsx";
import { bytes, cores } from "../../ui/quantity.ts";
import { ErrorPanel, Note, Skeleton } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";
import { NotFound } from "../not-found.tsx";
import { AgentsUpdate } from "./agents-update.tsx";
import { DataCenterActions } from "./actions.tsx";
import { CheckSection, JoinSection, Refusal } from "./join.tsx";
import { Nodes } from "./nodes.tsx";
import { Capabilities, CapacityMeters, Tools } from "./parts.tsx";
import { Usage } from "./usage.tsx";

function Here({ dataCenter }: { readonly dataCenter: DataCenter }) {
  const { t, i18n } = useTranslation();
  const team = useTeam();
  const applications = useApplications().data ?? [];
  const components = (useComponents().data ?? []).filter((c) => c.dataCenter === dataCenter.id);
  const usage = useQuery(queries.dataCenterUsage(team.id, dataCenter.id)).data?.components ?? [];
  const used = (key: "cpuMillis" | "memoryBytes", title: string, words: (n: number, language: string) => string) => {
    const of = ({ id }: Component) => usage.find(({ component }) => component === id)?.[key] ?? null;
    const cell = (amount: number | null) => (amount === null ? "–" : words(amount, i18n.language));
    return { key, title, numeric: true, wideOnly: true, sort: (c: Component) => of(c) ?? 0, cell: (c: Component) => cell(of(c)) };
  };
  const applicationOf = (id: string) => applications.find((a) => a.id === id);
  return (
    <Section title={t("dataCenter.here")} flush>
      <DataTable
        name="here"
        label={t("dataCenter.here")}
        rows={components}
        rowKey={(c) => c.id}
        filterText={(c) => `${applicationOf(c.application)?.name ?? ""} ${c.name}`}
        columns={[
          {
            key: "name",
            title: t("component.one"),
            sort: (c) => `${applicationOf(c.application)?.name} ${c.name}`,
            cell: (c) => {
              const application = applicationOf(c.application);
              return application ? (
                <Link to={componentPath(team.id, application, c)}>{`${application.name} / ${c.name}`}</Link>
              ) : (
                c.name
              );
            },
          },
          { key: "status", title: t("table.state"), sort: (c) => c.status, cell: (c) => <StatusChip status={c.status} quiet /> },
          {
            key: "instances",
            title: t("instance.many"),
            numeric: true,
            sort: (c) => c.instances.filter(isLiving).length,
            cell: (c) => c.instances.filter(isLiving).length,
          },
          used("cpuMillis", t("dataCenter.cpu"), cores),
          used("memoryBytes", t("dataCenter.memory"), bytes),
        ]}
        empty={t("dataCenter.empty")}
      />
    </Section>
  );
}

/** The newest whole, the older ones to open. */
function Operations({ dataCenter }: { readonly dataCenter: DataCenter }) {
  const { t } = useTranslation();
  const team = useTeam();
  const list = useInfiniteQuery(queries.dataCenterOperations(team.id, dataCenter.id));
  const [newest, ...older] = list.data ?? [];
  return (
    <Section title={t("dataCenter.operations")}>
      {newest ? (
        <div className="stack">
          {[newest, ...older].map((operation, at) => (
            <details key={operation.id} open={at === 0}>
              <summary>
                {t(`operation.word.${operation.kind}`)} {operation.node && <span className="mono">{operation.node}</span>} ·{" "}
                <Ago at={operation.createdAt} />
              </summary>
              <OperationStory id={operation.id} withLog={false} />
            </details>
          ))}
          <div>
            <Older list={list} />
          </div>
        </div>
      ) : list.isLoadingError ? (
        <ErrorPanel error={list.error} retry={() => void list.refetch()} compact />
      ) : list.isPending ? (
        <Skeleton rows={1} height={28} />
      ) : (
        <p className="muted">{t("dataCenter.operationsNone")}</p>
      )}
    </Section>
  );
}

export function DataCenterPage() {
  const { t } = useTranslation();
  const team = useTeam();
  const { dataCenter: id } = useParams();
  const list = useQuery({ ...queries.dataCenters(team.id), refetchInterval: usageMs });
  if (list.isLoadingError)
    return (
      <div className="page">
        <ErrorPanel error={list.error} retry={() => void list.refetch()} />
      </div>
    );
  if (!list.data)
    return (
      <div className="page">
        <Skeleton rows={3} height={140} />
      </div>
    );
  const dataCenter = list.data.find((d) => d.id === id);
  if (!dataCenter) return <NotFound />;
  return (
    <div className="page">
      <PageHead
        title={dataCenter.name}
        about={t(`dataCenter.kind.${dataCenter.kind}`)}
        actions={
          <>
            <DataCenterChip state={dataCenter.state} />
            <DataCenterActions dataCenter={dataCenter} />
          </>
        }
      />
      {dataCenter.state === "disconnected" && (
        <Note level="warning" title={t("dataCenter.lost")}>
          {t("dataCenter.lostAbout")}
        </Note>
      )}
      {dataCenter.cordoned && dataCenter.state !== "leaving" && (
        <Note level="info" title={t("dataCenter.cordoned")}>
          {t("dataCenter.cordonedAbout")}
        </Note>
      )}
      {dataCenter.agentUpdate && <AgentsUpdate dataCenter={dataCenter} version={dataCenter.agentUpdate} />}
      {dataCenter.refusal && <Refusal refusal={dataCenter.refusal} />}
      <div className="two-columns">
        <div>
          <JoinSection key={dataCenter.id} dataCenter={dataCenter} />
          <CheckSection dataCenter={dataCenter} />
          {dataCenter.capacity && (
            <Section
              title={t("dataCenter.capacity")}
              about={
                <>
                  {t("dataCenter.capacityTold")} <Ago at={dataCenter.reportedAt} />
                </>
              }
            >
              <CapacityMeters capacity={dataCenter.capacity} />
            </Section>
          )}
          {dataCenter.agent !== null && <Usage dataCenter={dataCenter} />}
          {dataCenter.capabilities.length > 0 && (
            <Section title={t("dataCenter.capabilities")} about={t("dataCenter.capabilitiesAbout")}>
              <Capabilities capabilities={dataCenter.capabilities} />
            </Section>
          )}
          {Object.keys(dataCenter.tools).length > 0 && (
            <Section title={t("dataCenter.tools")} about={t("dataCenter.toolsAbout")}>
              <Tools tools={dataCenter.tools} />
            </Section>
          )}
        </div>
        <div>
          <Section title={t("component.about")}>
            <Facts
              facts={[
                { label: t("dataCenter.agentVersion"), value: <span className="mono">{dataCenter.agentVersion ?? "–"}</span> },
                { label: t("dataCenter.seen"), value: <Ago at={dataCenter.lastSeenAt} /> },
                { label: t("component.created"), value: <Ago at={dataCenter.createdAt} /> },
                {
                  label: t("dataCenter.id"),
                  value: (
                    <span className="row">
                      <code className="clip">{dataCenter.id}</code>
                      <CopyButton text={dataCenter.id} />
                    </span>
                  ),
                },
              ]}
            />
          </Section>
        </div>
      </div>
      {dataCenter.agent !== null && <Nodes dataCenter={dataCenter} />}
      <Here dataCenter={dataCenter} />
      {dataCenter.tenant !== null && <Operations dataCenter={dataCenter} />}
    </div>
  );
}
