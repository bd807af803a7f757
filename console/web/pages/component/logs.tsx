import { Button, Input, Select, Switch } from "antd";
import { Copy, Download, Search } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Component } from "../../../../shared/contract/component.ts";
import { type RuntimeLog, useRuntimeLog } from "../../api/runtime-log.ts";
import { plainLine } from "../../../../shared/domain/log-text.ts";
import { instanceName } from "../../../../shared/domain/instance-name.ts";
import { useTold } from "../../i18n/platform-words.ts";
import { useCopy } from "../../ui/copy-button.tsx";
import { type LogRow, rowsMax, textOf } from "../../ui/log-lines.ts";
import { LogView } from "../../ui/log-view.tsx";
import { saveFile } from "../../ui/save-file.ts";
import { Empty, ErrorPanel, Note } from "../../ui/states.tsx";
import { useUrlState } from "../../ui/url-state.ts";
import { useComponentContext } from "../../components/component-context.ts";
import { useClearing } from "../../ui/clearing.tsx";

interface Filter {
  readonly instance: string;
  readonly stream: string;
}
const passes = (row: LogRow, { instance, stream }: Filter) =>
  row.kind === "gap" || ((!instance || row.line.instance === instance) && (!stream || row.line.stream === stream));

function instancesOf(rows: readonly LogRow[], component: Component): readonly string[] {
  const found = new Set(component.instances.map((i) => i.id));
  for (const row of rows) if (row.kind === "line" && row.line.instance) found.add(row.line.instance);
  return [...found].sort();
}

/** A quiet word about the connection; nothing while it is fine. */
function Connection({ log }: { readonly log: RuntimeLog }) {
  const { t } = useTranslation();
  const told = useTold();
  if (log.refused) {
    const { message, next } = told({ ...log.refused, code: log.refused.reason ?? "" });
    return (
      <Note level="error" title={message}>
        {next}
      </Note>
    );
  }
  if (log.state.state === "closed" && log.state.error) return <ErrorPanel error={log.state.error} compact />;
  if (log.state.state === "waiting") return <Note level="warning" title={t("live.lost")} />;
  return null;
}

function SearchField({ search, setSearch }: { readonly search: string; readonly setSearch: (text: string) => void }) {
  const { t } = useTranslation();
  const clearing = useClearing();
  const [typed, setTyped] = useState(search);
  return (
    <Input
      className="log-search"
      allowClear={clearing}
      prefix={<Search size={14} aria-hidden />}
      placeholder={t("logs.search")}
      aria-label={t("logs.search")}
      value={typed}
      maxLength={200}
      onChange={(event) => {
        setTyped(event.target.value);
        if (event.target.value === "") setSearch("");
      }}
      onPressEnter={() => setSearch(typed)}
      onBlur={() => setSearch(typed)}
    />
  );
}

/** As many lines as a filter is to find before no older ones are read by themselves. */
const foundEnough = 200;

/** The platform searches the whole log, but filters are ours: true while older lines are read for them. */
function useOlderLines({ rows, caughtUp, oldestReached, older }: RuntimeLog, found: number, filters: boolean): boolean {
  const looks = filters && found < foundEnough && caughtUp && !oldestReached && rows.length > 0 && rows.length < rowsMax;
  useEffect(() => {
    if (looks) older();
  }, [looks, older]);
  return looks;
}

function Nothing({
  log,
  search,
  filters,
  looksBack,
}: {
  readonly log: RuntimeLog;
  readonly search: string;
  readonly filters: boolean;
  readonly looksBack: boolean;
}) {
  const { t } = useTranslation();
  const count = log.rows.length;
  if (looksBack) return <Empty title={t("logs.lookingBack")}>{t("logs.lookedThrough", { count })}</Empty>;
  if (count > 0) return <Empty title={t("logs.noMatch")}>{t("logs.lookedThrough", { count })}</Empty>;
  return (
    <Empty title={search || filters ? t("logs.noMatch") : t("logs.none")}>
      {search ? t("logs.noMatchAbout", { search }) : t("logs.noneAbout")}
    </Empty>
  );
}

export function LogsTab() {
  const { t } = useTranslation();
  const { component } = useComponentContext();
  const copy = useCopy();
  const [search, setSearch] = useUrlState("q", "");
  const [instance, setInstance] = useUrlState("instance", "");
  const [stream, setStream] = useUrlState("stream", "");
  const [follow, setFollow] = useState(true);
  const log = useRuntimeLog(component.id, search);
  const rows = useMemo(
    () => (instance || stream ? log.rows.filter((row) => passes(row, { instance, stream })) : log.rows),
    [log.rows, instance, stream],
  );
  const filters = instance !== "" || stream !== "";
  const looksBack = useOlderLines(log, rows.length, filters);
  const instances = instancesOf(log.rows, component);
  const text = () => textOf(rows, plainLine);
  const empty = rows.length === 0 && log.caughtUp;
  return (
    <>
      <Connection log={log} />
      <div className="card card-flush">
        <div className="log-tools">
          <SearchField search={search} setSearch={setSearch} />
          <Select
            value={instance}
            onChange={setInstance}
            aria-label={t("instance.one")}
            popupMatchSelectWidth={false}
            options={[
              { value: "", label: t("logs.everyInstance") },
              ...instances.map((value) => ({ value, label: instanceName(component.name, value) })),
            ]}
          />
          <Select
            value={stream}
            onChange={setStream}
            aria-label={t("logs.stream")}
            popupMatchSelectWidth={false}
            options={[
              { value: "", label: t("logs.everyStream") },
              { value: "out", label: t("logs.out") },
              { value: "err", label: t("logs.err") },
              { value: "platform", label: t("logs.platform") },
            ]}
          />
          <span className="grow" />
          {/* biome-ignore lint/a11y/noLabelWithoutControl: the switch is inside */}
          <label className="row small">
            <Switch size="small" checked={follow} onChange={setFollow} aria-label={t("logs.follow")} />
            {t("logs.follow")}
          </label>
          <Button
            type="text"
            icon={<Copy size={14} aria-hidden />}
            aria-label={t("action.copy")}
            title={t("action.copy")}
            onClick={() => void copy(text())}
          />
          <Button
            type="text"
            icon={<Download size={14} aria-hidden />}
            aria-label={t("action.download")}
            title={t("action.download")}
            onClick={() => saveFile(`${component.name}.log`, text())}
          />
        </div>
        {empty ? (
          <Nothing log={log} search={search} filters={filters} looksBack={looksBack} />
        ) : (
          <LogView
            rows={rows}
            label={t("tab.logs")}
            follow={follow}
            setFollow={setFollow}
            showInstance={instances.length > 1}
            onTop={log.older}
            height="max(320px, calc(100dvh - 330px))"
          />
        )}
      </div>
    </>
  );
}
