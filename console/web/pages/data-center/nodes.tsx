import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Component, Instance } from "../../../../shared/contract/component.ts";
import type { DataCenter, DataCenterNode } from "../../../../shared/contract/data-center.ts";
import type { Operation } from "../../../../shared/contract/operation.ts";
import { taintText } from "../../../../shared/domain/node-change.ts";
import { queries } from "../../api/queries.ts";
import { componentPath, useApplications, useComponents } from "../../components/lookup.ts";
import { isOpen, OperationStory } from "../../components/operation-story.tsx";
import { useTeam } from "../../components/team.ts";
import { useTold } from "../../i18n/platform-words.ts";
import { InstanceChip, NodeChip, type NodeState } from "../../ui/chip.tsx";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Facts, Section } from "../../ui/page.tsx";
import { bytes, cores } from "../../ui/quantity.ts";
import { ErrorPanel, Note, Skeleton } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";
import { useUrlState } from "../../ui/url-state.ts";
import { NodeActions } from "./node-actions.tsx";

const stateOf = ({ ready, cordoned, advice }: DataCenterNode): NodeState => {
  if (!ready) return "notReady";
  if (cordoned) return "cordoned";
  return advice.length > 0 ? "ailing" : "ready";
};

function useColumns(selected: string, select: (name: string) => void): readonly Column<DataCenterNode>[] {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  const share = (used: number | undefined, all: number, words: (n: number, language: string) => string) => {
    if (all === 0) return "–";
    return used === undefined
      ? words(all, language)
      : t("dataCenter.of", { used: words(used, language), all: words(all, language) });
  };
  const use = (
    key: "cpuMillis" | "memoryBytes" | "diskBytes",
    title: string,
    words: (n: number, language: string) => string,
  ) => ({
    key,
    title,
    numeric: true,
    wideOnly: true,
    sort: (n: DataCenterNode) => (n.used?.[key] ?? 0) / Math.max(1, n[key]),
    cell: (n: DataCenterNode) => share(n.used?.[key], n[key], words),
  });
  return [
    {
      key: "name",
      title: t("node.one"),
      sort: (n) => n.name,
      cell: (n) => (
        <button type="button" className="link-button mono" aria-pressed={selected === n.name} onClick={() => select(n.name)}>
          {n.name}
        </button>
      ),
    },
    { key: "state", title: t("table.state"), sort: (n) => Number(n.ready), cell: (n) => <NodeChip state={stateOf(n)} /> },
    { key: "instances", title: t("instance.many"), numeric: true, sort: (n) => n.instances, cell: (n) => n.instances },
    use("cpuMillis", t("dataCenter.cpu"), cores),
    use("memoryBytes", t("dataCenter.memory"), bytes),
    use("diskBytes", t("dataCenter.disk"), bytes),
  ];
}

interface Here {
  readonly component: Component;
  readonly instance: Instance;
}

function useHereColumns(): readonly Column<Here>[] {
  const { t, i18n } = useTranslation();
  const team = useTeam();
  const applications = useApplications().data ?? [];
  const used = (value: number | null, words: (n: number, language: string) => string) =>
    value === null ? "–" : words(value, i18n.language);
  return [
    {
      key: "component",
      title: t("component.one"),
      sort: ({ component }) => component.name,
      cell: ({ component }) => {
        const application = applications.find((a) => a.id === component.application);
        const name = application ? `${application.name} / ${component.name}` : component.name;
        return application ? <Link to={componentPath(team.id, application, component)}>{name}</Link> : name;
      },
    },
    {
      key: "instance",
      title: t("instance.one"),
      wideOnly: true,
      sort: ({ instance }) => instance.id,
      cell: ({ instance }) => <span className="mono small">{instance.id}</span>,
    },
    {
      key: "state",
      title: t("table.state"),
      sort: ({ instance }) => instance.state,
      cell: ({ instance }) => <InstanceChip {...instance} />,
    },
    {
      key: "cpu",
      title: t("dataCenter.cpu"),
      numeric: true,
      wideOnly: true,
      sort: ({ instance }) => instance.cpuMillis ?? 0,
      cell: ({ instance }) => used(instance.cpuMillis, cores),
    },
    {
      key: "memory",
      title: t("dataCenter.memory"),
      numeric: true,
      wideOnly: true,
      sort: ({ instance }) => instance.memoryBytes ?? 0,
      cell: ({ instance }) => used(instance.memoryBytes, bytes),
    },
  ];
}

/** Instances of the team there. */
function OnNode({ node, dataCenter }: { readonly node: DataCenterNode; readonly dataCenter: DataCenter }) {
  const { t } = useTranslation();
  const columns = useHereColumns();
  const rows = (useComponents().data ?? [])
    .filter((component) => component.dataCenter === dataCenter.id)
    .flatMap((component) =>
      component.instances.filter((i) => i.node === node.name).map((instance): Here => ({ component, instance })),
    );
  return (
    <DataTable
      name="on-node"
      label={t("node.running")}
      rows={rows}
      rowKey={({ instance }) => instance.id}
      columns={columns}
      empty={t("node.nothing")}
    />
  );
}

/** The newest thing that was asked of the node. */
function useNewest(dataCenter: DataCenter, node: DataCenterNode): Operation | undefined {
  const team = useTeam();
  const { data } = useInfiniteQuery(queries.dataCenterOperations(team.id, dataCenter.id));
  return data?.find((operation) => operation.node === node.name);
}

function Detail({ node, dataCenter }: { readonly node: DataCenterNode; readonly dataCenter: DataCenter }) {
  const { t } = useTranslation();
  const told = useTold();
  const newest = useNewest(dataCenter, node);
  const lines = (words: readonly string[]) =>
    words.length === 0 ? "–" : <span className="mono small pre-line">{words.join("\n")}</span>;
  const begin = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another node is another beginning
  useEffect(() => {
    // Its answer, a promise in newer browsers, must not become the effect's.
    void begin.current?.scrollIntoView({ block: "nearest" });
  }, [node.name]);
  return (
    <div className="stack node-detail" ref={begin}>
      <h3 className="mono">{node.name}</h3>
      {node.advice.map((advice) => {
        const { message, next } = told(advice);
        return (
          <Note key={advice.code} level={node.ready ? "warning" : "error"} title={message}>
            {next}
          </Note>
        );
      })}
      <NodeActions dataCenter={dataCenter} node={node} busy={newest !== undefined && isOpen(newest)} />
      {newest && (
        <div className="stack">
          <strong>{t(`operation.word.${newest.kind}`)}</strong>
          <OperationStory id={newest.id} withLog={false} />
        </div>
      )}
      <OnNode node={node} dataCenter={dataCenter} />
      <Facts
        facts={[
          { label: t("node.version"), value: <span className="mono">{node.version}</span> },
          ...(node.createdAt ? [{ label: t("component.created"), value: <Ago at={node.createdAt} /> }] : []),
          { label: t("node.others"), value: node.otherPods ?? t("node.othersUnseen") },
          { label: t("node.labels"), value: lines(Object.entries(node.labels).map(([name, value]) => `${name}=${value}`)) },
          { label: t("node.taints"), value: lines(node.taints.map(taintText)) },
        ]}
      />
    </div>
  );
}

/** The machines of a data center: what they have, what is used, what is wrong. */
export function Nodes({ dataCenter }: { readonly dataCenter: DataCenter }) {
  const { t } = useTranslation();
  const team = useTeam();
  const [selected, select] = useUrlState("node", "");
  const columns = useColumns(selected, select);
  const told = useQuery(queries.nodes(team.id, dataCenter.id));
  const node = told.data?.items.find((n) => n.name === selected);
  return (
    <Section title={t("node.many")} about={t("node.about")} flush>
      {told.isLoadingError && <ErrorPanel error={told.error} retry={() => void told.refetch()} compact />}
      {told.isPending && <Skeleton rows={2} height={44} />}
      {told.data && (
        <DataTable
          name="nodes"
          label={t("node.many")}
          rows={told.data.items}
          rowKey={(n) => n.name}
          columns={columns}
          filterText={(n) => `${n.name} ${Object.entries(n.labels).join(" ")}`}
          empty={t("node.none")}
        />
      )}
      {node && <Detail node={node} dataCenter={dataCenter} />}
    </Section>
  );
}
