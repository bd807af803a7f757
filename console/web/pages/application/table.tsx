import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Component } from "../../../../shared/contract/component.ts";
import { readyOf } from "../../../../shared/domain/component.ts";
import { componentPath } from "../../components/lookup.ts";
import { SourceWords } from "../../components/source-words.tsx";
import { StatusWhy } from "../../components/status-why.tsx";
import { useTeam } from "../../components/team.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Ago } from "../../ui/time.tsx";
import { useApplicationContext } from "./layout.tsx";

export function TableTab() {
  const { t } = useTranslation();
  const team = useTeam();
  const { application, components } = useApplicationContext();
  const columns: readonly Column<Component>[] = [
    {
      key: "name",
      title: t("component.one"),
      sort: (c) => c.name,
      cell: (c) => <Link to={componentPath(team.id, application, c)}>{c.name}</Link>,
    },
    { key: "status", title: t("table.state"), sort: (c) => c.status, cell: (c) => <StatusWhy component={c} /> },
    {
      key: "replicas",
      title: t("scaling.replicas"),
      numeric: true,
      sort: (c) => c.configuration.replicas,
      cell: (c) => readyOf(c) ?? "–",
    },
    {
      key: "release",
      title: t("release.one"),
      numeric: true,
      sort: (c) => c.release?.number ?? 0,
      cell: (c) => (c.release ? `#${c.release.number}` : "–"),
    },
    {
      key: "url",
      title: t("table.url"),
      cell: (c) =>
        c.url ? (
          <a href={c.url} target="_blank" rel="noreferrer" className="mono nowrap">
            {c.url.replace(/^https?:\/\//, "")}
          </a>
        ) : (
          "–"
        ),
    },
    { key: "source", title: t("source.label"), wideOnly: true, cell: (c) => <SourceWords source={c.source} /> },
    {
      key: "created",
      title: t("component.created"),
      wideOnly: true,
      sort: (c) => c.createdAt,
      cell: (c) => <Ago at={c.createdAt} />,
    },
  ];
  return (
    <div className="card card-flush">
      <DataTable
        name="components"
        label={application.name}
        rows={components}
        rowKey={(c) => c.id}
        columns={columns}
        filterText={(c) => `${c.name} ${t(`status.${c.status}.word`)} ${c.url ?? ""}`}
        empty={t("application.none")}
      />
    </div>
  );
}
