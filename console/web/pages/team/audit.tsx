import { useInfiniteQuery } from "@tanstack/react-query";
import { Input } from "antd";
import { Download, Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { allOf } from "../../../../shared/client/pages.ts";
import type { AuditEntry } from "../../../../shared/contract/identity.ts";
import { client } from "../../api/client.ts";
import { useNameOf } from "../../components/lookup.ts";
import { useRoleReason } from "../../components/role-reason.ts";
import { useTeam } from "../../components/team.ts";
import { csvOf } from "../../forms/csv.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { DiffList } from "../../ui/diff-list.tsx";
import { Older } from "../../ui/older.tsx";
import { PageHead, Section } from "../../ui/page.tsx";
import { ReasonButton } from "../../ui/reason-button.tsx";
import { saveFile } from "../../ui/save-file.ts";
import { Empty, ErrorPanel, Note, Skeleton } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";
import { useUrlState } from "../../ui/url-state.ts";
import { useClearing } from "../../ui/clearing.tsx";

const csvRow = (e: AuditEntry) => [
  e.at,
  e.actor.kind,
  e.actor.name,
  e.actor.id,
  e.operation,
  e.subject,
  e.from.address,
  e.from.agent,
  JSON.stringify(e.changes),
];
const csvHead = ["at", "actor kind", "actor", "actor id", "operation", "subject", "address", "program", "changes"];

/** Everything, not only what is shown. */
function Export({ subject, reason }: { readonly subject: string; readonly reason: string | null }) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = async () => {
    setBusy(true);
    setError(null);
    try {
      const entries = await allOf(
        (page) => client.auditList({ query: { page, limit: 200, subject: subject || undefined } }),
        100_000,
      );
      saveFile(`audit-${new Date().toISOString().slice(0, 10)}.csv`, csvOf([csvHead, ...entries.map(csvRow)]), "text/csv");
    } catch (thrown) {
      setError(thrown);
    }
    setBusy(false);
  };
  return (
    <>
      {error !== null && <ErrorPanel error={error} compact />}
      <ReasonButton icon={<Download size={14} aria-hidden />} loading={busy} reason={reason} onClick={() => void run()}>
        {t("audit.export")}
      </ReasonButton>
    </>
  );
}

/** An operation of the API in words; one without words keeps its name. */
function useOperationWord(): (operation: string) => string {
  const { t } = useTranslation();
  return (operation) => t(`audit.did.${operation}` as "audit.did.componentDeploy", { defaultValue: operation });
}

function useColumns(): readonly Column<AuditEntry>[] {
  const { t } = useTranslation();
  const nameOf = useNameOf();
  const word = useOperationWord();
  return [
    { key: "at", title: t("table.when"), sort: (e) => e.at, cell: (e) => <Ago at={e.at} /> },
    {
      key: "actor",
      title: t("table.by"),
      sort: (e) => e.actor.name,
      cell: (e) => (
        <span title={e.actor.id}>
          {e.actor.name} <span className="muted small">{t(`audit.actor.${e.actor.kind}`)}</span>
        </span>
      ),
    },
    {
      key: "operation",
      title: t("audit.operation"),
      sort: (e) => word(e.operation),
      cell: (e) => <span title={e.operation}>{word(e.operation)}</span>,
    },
    {
      key: "subject",
      title: t("audit.subject"),
      sort: (e) => e.subject,
      cell: (e) => (
        <span>
          {nameOf(e.subject) ?? ""} <code className="muted small">{e.subject}</code>
        </span>
      ),
    },
    {
      key: "from",
      title: t("audit.from"),
      wideOnly: true,
      cell: (e) => (
        <span className="mono small nowrap" title={e.from.agent}>
          {e.from.address}
        </span>
      ),
    },
    {
      key: "changes",
      title: t("audit.changes"),
      cell: (e) =>
        e.changes.length === 0 ? (
          <span className="muted">–</span>
        ) : (
          <details>
            <summary>{t("audit.changeCount", { count: e.changes.length })}</summary>
            <DiffList changes={e.changes} nameOf={nameOf} />
          </details>
        ),
    },
  ];
}

export function AuditPage() {
  const { t } = useTranslation();
  const team = useTeam();
  const reason = useRoleReason("developer");
  const [subject, setSubject] = useUrlState("subject", "");
  const [typed, setTyped] = useState(subject);
  const clearing = useClearing();
  const columns = useColumns();
  const word = useOperationWord();
  const nameOf = useNameOf();
  const list = useInfiniteQuery({
    queryKey: [team.id, "audit", subject],
    queryFn: ({ pageParam, signal }) =>
      client.auditList({ query: { page: pageParam, limit: 200, subject: subject || undefined }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    select: ({ pages }) => pages.flatMap(({ items }) => items),
    enabled: !reason,
  });
  const entries = list.data;
  return (
    <div className="page">
      <PageHead title={t("nav.audit")} about={t("audit.about")} actions={<Export subject={subject} reason={reason} />} />
      {reason && <Note level="info" title={reason} />}
      {list.isLoadingError && <ErrorPanel error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && !reason && <Skeleton rows={8} height={44} />}
      {entries && (
        <Section flush>
          <DataTable
            name="audit"
            label={t("nav.audit")}
            rows={entries}
            rowKey={(e) => e.id}
            columns={columns}
            filterText={(e) =>
              `${e.actor.name} ${word(e.operation)} ${e.operation} ${nameOf(e.subject) ?? ""} ${e.subject} ${e.from.address}`
            }
            pageSize={50}
            tools={
              <Input
                className="table-filter mono"
                allowClear={clearing}
                prefix={<Search size={14} aria-hidden />}
                placeholder={t("audit.bySubject")}
                aria-label={t("audit.bySubject")}
                value={typed}
                onChange={(e) => {
                  setTyped(e.target.value);
                  if (e.target.value === "") setSubject("");
                }}
                onPressEnter={() => setSubject(typed.trim())}
              />
            }
            empty={<Empty title={t("audit.none")}>{t("audit.noneAbout")}</Empty>}
          />
        </Section>
      )}
      <Older list={list} />
    </div>
  );
}
