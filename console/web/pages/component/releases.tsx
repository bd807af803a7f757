import { useQuery } from "@tanstack/react-query";
import { Button, Select } from "antd";
import { Undo2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Release } from "../../../../shared/contract/release.ts";
import { queries } from "../../api/queries.ts";
import { useActions } from "../../components/actions.ts";
import { useCannot } from "../../components/can.ts";
import { useComponentContext } from "../../components/component-context.ts";
import { useNameOf } from "../../components/lookup.ts";
import { useTeam } from "../../components/team.ts";
import { releaseDiff } from "../../forms/release-diff.ts";
import { ReleaseChip } from "../../ui/chip.tsx";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { DiffList } from "../../ui/diff-list.tsx";
import { type Fact, Facts, Section } from "../../ui/page.tsx";
import { bytes } from "../../ui/quantity.ts";
import { saveFile } from "../../ui/save-file.ts";
import { ReasonButton } from "../../ui/reason-button.tsx";
import { Empty, ErrorPanel, Note, Skeleton } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";
import { useUrlState } from "../../ui/url-state.ts";

function useReasonWord(): (release: Release) => string {
  const { t } = useTranslation();
  return (release) =>
    release.reason === "rollback"
      ? t("release.reason.rollback", { number: release.rollbackOf ?? "?" })
      : t(`release.reason.${release.reason}`);
}

/** The envelope as tools for in-toto statements read it. */
function Signed({ release }: { readonly release: Release }) {
  const { t } = useTranslation();
  const save = () =>
    saveFile(`release-${release.number}.intoto.jsonl`, `${JSON.stringify(release.artifact.provenance)}\n`, "application/json");
  return (
    <span className="row">
      {t("release.provenanceSigned")}
      <button type="button" className="link-button" onClick={save}>
        {t("action.download")}
      </button>
    </span>
  );
}

function Detail({ release, releases }: { readonly release: Release; readonly releases: readonly Release[] }) {
  const { t, i18n } = useTranslation();
  const reason = useReasonWord();
  const nameOf = useNameOf();
  const [against, setAgainst] = useUrlState("against", "");
  const others = releases.filter((r) => r.id !== release.id);
  const base = others.find((r) => String(r.number) === against) ?? releases.find((r) => r.number < release.number) ?? null;
  const { artifact } = release;
  const size = artifact.kind === "slug" ? artifact.sizeBytes : artifact.archive?.sizeBytes;
  const facts: Fact[] = [
    { label: t("release.why"), value: reason(release) },
    ...(release.commit
      ? [
          {
            label: t("release.commit"),
            value: (
              <>
                <span className="mono">{release.commit.id.slice(0, 12)}</span> {release.commit.message.split("\n")[0]}
              </>
            ),
          },
        ]
      : []),
    {
      label: t("release.artifact"),
      value: <span className="mono">{artifact.digest ?? (artifact.kind === "image" ? artifact.reference : "")}</span>,
    },
    ...(artifact.provenance ? [{ label: t("release.provenance"), value: <Signed release={release} /> }] : []),
    ...(size === undefined ? [] : [{ label: t("release.size"), value: bytes(size, i18n.language) }]),
    {
      label: t("release.command"),
      value: <span className="mono">{release.configuration.command ?? artifact.command ?? "–"}</span>,
    },
  ];
  return (
    <Section
      title={t("release.number", { number: release.number })}
      actions={
        base && (
          <Select
            size="small"
            value={base.number}
            aria-label={t("release.compareWith")}
            popupMatchSelectWidth={false}
            onChange={(number) => setAgainst(String(number))}
            options={others.map((r) => ({ value: r.number, label: t("release.against", { number: r.number }) }))}
          />
        )
      }
    >
      <div className="stack">
        <Facts facts={facts} />
        {base ? (
          <DiffList
            changes={base.number < release.number ? releaseDiff(base, release) : releaseDiff(release, base)}
            none={t("release.noDifference")}
            nameOf={nameOf}
          />
        ) : (
          <p className="muted">{t("release.first")}</p>
        )}
      </div>
    </Section>
  );
}

function useColumns(selected: string, select: (number: string) => void): readonly Column<Release>[] {
  const { t } = useTranslation();
  const { application, component } = useComponentContext();
  const actions = useActions(component, application);
  const cannot = useCannot(component);
  const reason = useReasonWord();
  const why = (release: Release) => cannot("rollback") ?? (release.id === component.release?.id ? t("release.isCurrent") : null);
  return [
    {
      key: "number",
      title: t("release.one"),
      sort: (r) => r.number,
      cell: (r) => (
        <button
          type="button"
          className="link-button mono"
          aria-pressed={selected === String(r.number)}
          onClick={() => select(String(r.number))}
        >
          {`#${r.number}`}
        </button>
      ),
    },
    {
      key: "outcome",
      title: t("table.state"),
      cell: (r) =>
        r.id === component.release?.id ? (
          <span className="row">
            <ReleaseChip outcome={r.outcome} />
            <span className="tag">{t("release.currentTag")}</span>
          </span>
        ) : (
          <ReleaseChip outcome={r.outcome} />
        ),
    },
    { key: "reason", title: t("release.why"), cell: reason, sort: (r) => r.reason },
    {
      key: "commit",
      title: t("release.commit"),
      wideOnly: true,
      cell: (r) =>
        r.commit ? (
          <span title={r.commit.message}>
            <span className="mono">{r.commit.id.slice(0, 7)}</span>{" "}
            <span className="muted">{r.commit.message.split("\n")[0]?.slice(0, 60)}</span>
          </span>
        ) : (
          "–"
        ),
    },
    { key: "by", title: t("table.by"), cell: (r) => r.createdBy.name, sort: (r) => r.createdBy.name, wideOnly: true },
    { key: "at", title: t("table.when"), cell: (r) => <Ago at={r.createdAt} />, sort: (r) => r.createdAt },
    {
      key: "actions",
      title: "",
      cell: (r) => (
        <span className="row row-end">
          <Button size="small" onClick={() => select(String(r.number))}>
            {t("release.diff")}
          </Button>
          <ReasonButton size="small" icon={<Undo2 size={14} aria-hidden />} reason={why(r)} onClick={() => actions.rollback(r)}>
            {t("action.rollback")}
          </ReasonButton>
        </span>
      ),
    },
  ];
}

export function ReleasesTab() {
  const { t } = useTranslation();
  const team = useTeam();
  const { component } = useComponentContext();
  const [selected, select] = useUrlState("release", "", { atTop: true });
  const columns = useColumns(selected, select);
  const list = useQuery(queries.releases(team.id, component.id));
  if (list.isLoadingError) return <ErrorPanel error={list.error} retry={() => void list.refetch()} />;
  if (!list.data) return <Skeleton rows={4} height={48} />;
  const shown = list.data.find((r) => String(r.number) === selected);
  return (
    <>
      {shown && <Detail release={shown} releases={list.data} />}
      {selected !== "" && !shown && <Note level="warning" title={t("release.gone", { number: selected })} />}
      <Section title={t("tab.releases")} about={t("release.about")} flush>
        <DataTable
          name="releases"
          label={t("tab.releases")}
          rows={list.data}
          rowKey={(r) => r.id}
          columns={columns}
          filterText={(r) => `#${r.number} ${r.commit?.id ?? ""} ${r.commit?.message ?? ""} ${r.createdBy.name}`}
          empty={<Empty title={t("release.none")}>{t("release.noneAbout")}</Empty>}
        />
      </Section>
    </>
  );
}
