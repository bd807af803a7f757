import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { DataCenter, DataCenterNode } from "../../../../shared/contract/data-center.ts";
import { queries } from "../../api/queries.ts";
import { componentPath, useApplications, useComponents } from "../../components/lookup.ts";
import { useTeam } from "../../components/team.ts";
import { useTold } from "../../i18n/platform-words.ts";
import { NodeChip, type NodeState } from "../../ui/chip.tsx";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Facts, Section } from "../../ui/page.tsx";
import { bytes, cores } from "../../ui/quantity.ts";
import { ErrorPanel, Note, Skeleton } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";
import { useUrlState } from "../../ui/url-state.ts";

const stateOf = ({ ready, cordoned, advice }: DataCenterNode): NodeState => {
  if (!ready) return "notReady";
  if (cordoned) return "cordoned";
  return advice.length > 0 ? "ailing" : "ready";
};

function useColumns(selected: string, select: (name: string) => void): readonly Column<DataCenterNode>[] {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  const share = (used: number | undefined, all: number, words: (n: number, language: string) => string) =>
    used === undefined ? words(all, language) : t("dataCenter.of", { used: words(used, language), all: words(all, language) });
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

/** Components of the team with an instance there. */
function OnNode({ node, dataCenter }: { readonly node: DataCenterNode; readonly dataCenter: DataCenter }) {
  const { t } = useTranslation();
  const team = useTeam();
  const applications = useApplications().data ?? [];
  const here = (useComponents().data ?? []).filter(
    (c) => c.dataCenter === dataCenter.id && c.instances.some((i) => i.node === node.name),
  );
  if (here.length === 0) return <>{t("node.nothing")}</>;
  return (
    <span className="row row-wrap">
      {here.map((c) => {
        const application = applications.find((a) => a.id === c.application);
        return (
          application && <Link key={c.id} to={componentPath(team.id, application, c)}>{`${application.name} / ${c.name}`}</Link>
        );
      })}
    </span>
  );
}

function Detail({ node, dataCenter }: { readonly node: DataCenterNode; readonly dataCenter: DataCenter }) {
  const { t } = useTranslation();
  const told = useTold();
  const lines = (words: readonly string[]) =>
    words.length === 0 ? "–" : <span className="mono small pre-line">{words.join("\n")}</span>;
  return (
    <div className="stack node-detail">
      {node.advice.map((advice) => {
        const { message, next } = told(advice);
        return (
          <Note key={advice.code} level={node.ready ? "warning" : "error"} title={message}>
            {next}
          </Note>
        );
      })}
      <Facts
        facts={[
          { label: t("node.version"), value: <span className="mono">{node.version}</span> },
          ...(node.createdAt ? [{ label: t("component.created"), value: <Ago at={node.createdAt} /> }] : []),
          { label: t("node.running"), value: <OnNode node={node} dataCenter={dataCenter} /> },
          { label: t("node.labels"), value: lines(Object.entries(node.labels).map(([name, value]) => `${name}=${value}`)) },
          {
            label: t("node.taints"),
            value: lines(node.taints.map(({ key, value, effect }) => `${key}${value === null ? "" : `=${value}`}:${effect}`)),
          },
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
      {told.isError && <ErrorPanel error={told.error} retry={() => void told.refetch()} compact />}
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
