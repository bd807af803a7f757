import { Button } from "antd";
import { Copy, Download } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Build } from "../../../shared/contract/release.ts";
import { useBuildLog } from "../api/build-log.ts";
import { plainLine } from "../../../shared/domain/log-text.ts";
import { useCopy } from "../ui/copy-button.tsx";
import { textOf } from "../ui/log-lines.ts";
import { LogView } from "../ui/log-view.tsx";
import { saveFile } from "../ui/save-file.ts";
import { ErrorPanel, Skeleton } from "../ui/states.tsx";

/** Live while the build runs; opened at the failing line when it failed. */
export function BuildLog({ build, height = 360 }: { readonly build: Build; readonly height?: number | string }) {
  const { t } = useTranslation();
  const log = useBuildLog(build.id);
  const [follow, setFollow] = useState(true);
  const copy = useCopy();
  if (log.error) return <ErrorPanel error={log.error} retry={log.retry} compact />;
  if (log.after === null) return <Skeleton rows={1} height={160} />;
  const text = () => textOf(log.rows, plainLine);
  return (
    <div className="card card-flush">
      <div className="log-tools">
        <span className="muted small grow">{t("logs.buildLog")}</span>
        <Button size="small" type="text" icon={<Copy size={14} aria-hidden />} onClick={() => void copy(text())}>
          {t("action.copy")}
        </Button>
        <Button
          size="small"
          type="text"
          icon={<Download size={14} aria-hidden />}
          onClick={() => saveFile(`${build.id}.log`, text())}
        >
          {t("action.download")}
        </Button>
      </div>
      <LogView
        rows={log.rows}
        label={t("logs.buildLog")}
        follow={follow}
        setFollow={setFollow}
        mark={build.failure?.logLine ?? null}
        height={height}
      />
    </div>
  );
}
