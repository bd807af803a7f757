import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Operation } from "../../../../shared/contract/operation.ts";
import { queries } from "../../api/queries.ts";
import { useComponentContext } from "../../components/component-context.ts";
import { OperationStory } from "../../components/operation-story.tsx";
import { useTeam } from "../../components/team.ts";
import { ProgressChip } from "../../ui/chip.tsx";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Older } from "../../ui/older.tsx";
import { Section } from "../../ui/page.tsx";
import { Empty, ErrorPanel, Skeleton } from "../../ui/states.tsx";
import { Ago, Duration } from "../../ui/time.tsx";
import { useUrlState } from "../../ui/url-state.ts";

function Story({ id }: { readonly id: Operation["id"] }) {
  const { t } = useTranslation();
  const { data } = useQuery(queries.operation(useTeam().id, id));
  return (
    <Section title={data ? t(`operation.word.${data.kind}`) : t("operation.one")}>
      <OperationStory id={id} />
    </Section>
  );
}

export function OperationsTab() {
  const { t } = useTranslation();
  const team = useTeam();
  const { component } = useComponentContext();
  const [selected, select] = useUrlState("op", "", { atTop: true });
  const list = useInfiniteQuery(queries.componentOperations(team.id, component.id));
  if (list.isLoadingError) return <ErrorPanel error={list.error} retry={() => void list.refetch()} />;
  if (!list.data) return <Skeleton rows={4} height={48} />;
  // A link may lead to one that is not among those that are shown.
  const shown = (selected as Operation["id"]) || list.data[0]?.id;
  const columns: readonly Column<Operation>[] = [
    {
      key: "kind",
      title: t("operation.one"),
      sort: (o) => o.kind,
      cell: (o) => (
        <button type="button" className="link-button" aria-pressed={shown === o.id} onClick={() => select(o.id)}>
          {t(`operation.word.${o.kind}`)}
        </button>
      ),
    },
    { key: "state", title: t("table.state"), cell: (o) => <ProgressChip state={o.state} />, sort: (o) => o.state },
    { key: "by", title: t("table.by"), cell: (o) => o.actor.name, sort: (o) => o.actor.name },
    { key: "took", title: t("table.took"), numeric: true, cell: (o) => <Duration from={o.createdAt} to={o.endedAt} /> },
    { key: "at", title: t("table.when"), cell: (o) => <Ago at={o.createdAt} />, sort: (o) => o.createdAt },
  ];
  return (
    <>
      {shown && <Story id={shown} key={shown} />}
      <Section title={t("tab.operations")} flush>
        <DataTable
          name="ops"
          label={t("tab.operations")}
          rows={list.data}
          rowKey={(o) => o.id}
          columns={columns}
          filterText={(o) => `${t(`operation.word.${o.kind}`)} ${t(`progress.${o.state}`)} ${o.actor.name}`}
          empty={<Empty title={t("operation.none")}>{t("operation.noneAbout")}</Empty>}
        />
      </Section>
      <Older list={list} />
    </>
  );
}
