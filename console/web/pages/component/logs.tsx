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
import { type LogRow, rowsBackMax, rowsMax, textOf } from "../../ui/log-lines.ts";
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

/** The platform searches the whole log, but filters are ours: older lines are read for them by themselves, then when they are asked for. */
function useOlderLines({ rows, caughtUp, oldestReached, refused, older }: RuntimeLog, found: number, filters: boolean) {
  const [enough, setEnough] = useState(foundEnough);
  const [linesMax, setLinesMax] = useState(rowsMax);
  const isOver = oldestReached || refused !== null || rows.length === 0 || rows.length >= rowsBackMax;
  const wants = filters && caughtUp && !isOver && found < enough;
  const looks = wants && rows.length < linesMax;
  useEffect(() => {
    if (looks) older();
  }, [looks, older]);
  return {
    looks,
    more: () => (filters ? setEnough(found + foundEnough) : older()),
    /** undefined: nothing is left, or is looked at just now. */
    further: wants && !looks ? () => setLinesMax(rows.length + rowsMax) : undefined,
  };
}

/** How far back was looked for what is shown, where that is not all. */
function Further({
  log,
  looks,
  further,
}: { readonly log: RuntimeLog } & Pick<ReturnType<typeof useOlderLines>, "looks" | "further">) {
  const { t } = useTranslation();
  const count = log.rows.length;
  const words =
    (looks && t("logs.lookingBack")) ||
    (further && t("logs.lookedThrough", { count })) ||
    (count >= rowsBackMax && t("logs.mostShown", { count }));
  if (!words) return null;
  return (
    <div className="log-tools small">
      <span className="muted grow">{words}</span>
      {further && (
        <Button size="small" onClick={further}>
          {t("logs.further")}
        </Button>
      )}
    </div>
  );
}

function Nothing({
  log,
  search,
  filters,
  looks,
}: {
  readonly log: RuntimeLog;
  readonly search: string;
  readonly filters: boolean;
  readonly looks: boolean;
}) {
  const { t } = useTranslation();
  const count = log.rows.length;
  if (looks) return <Empty title={t("logs.lookingBack")}>{t("logs.lookedThrough", { count })}</Empty>;
  if (filters && count > 0) return <Empty title={t("logs.noMatch")}>{t("logs.lookedThrough", { count })}</Empty>;
  return (
    <Empty title={search || filters ? t("logs.noMatch") : t("logs.none")}>
      {search ? t("logs.noMatchAbout", { search }) : t("logs.noneAbout")}
    </Empty>
  );
}

/** All that is kept and passes, as a file. */
function DownloadButton({ log, name, filter }: { readonly log: RuntimeLog; readonly name: string; readonly filter: Filter }) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const download = async () => {
    setBusy(true);
    const parts: string[] = [];
    const take = (rows: readonly LogRow[]) => {
      const passed = rows.filter((row) => passes(row, filter));
      if (passed.length > 0) parts.push(`${textOf(passed, plainLine)}\n`);
    };
    try {
      await log.readAll(take);
      saveFile(name, parts);
    } catch {
      // The page says why: see Connection.
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button
      type="text"
      icon={<Download size={14} aria-hidden />}
      loading={busy && log.state.state !== "closed"}
      aria-label={t("action.download")}
      title={t("action.download")}
      onClick={() => void download()}
    />
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
  const log = useRuntimeLog(component.id, search, follow);
  const rows = useMemo(
    () => (instance || stream ? log.rows.filter((row) => passes(row, { instance, stream })) : log.rows),
    [log.rows, instance, stream],
  );
  const filters = instance !== "" || stream !== "";
  const lines = rows.filter(({ kind }) => kind === "line").length;
  const { looks, more, further } = useOlderLines(log, lines, filters);
  const instances = instancesOf(log.rows, component);
  const text = () => textOf(rows, plainLine);
  // That older lines are gone is no answer to what was looked for.
  const empty = log.caughtUp && (filters || search ? lines : rows.length) === 0;
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
          <DownloadButton log={log} name={`${component.name}.log`} filter={{ instance, stream }} />
        </div>
        <Further log={log} looks={looks && !empty} further={further} />
        {empty ? (
          <Nothing log={log} search={search} filters={filters} looks={looks} />
        ) : (
          <LogView
            rows={rows}
            label={t("tab.logs")}
            follow={follow}
            setFollow={setFollow}
            showInstance={instances.length > 1}
            onTop={more}
            height="max(320px, calc(100dvh - 330px))"
          />
        )}
      </div>
    </>
  );
}
