import { Button, Select } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { instanceName } from "../../../../shared/domain/instance-name.ts";
import { useCannot } from "../../components/can.ts";
import { InstanceChip } from "../../ui/chip.tsx";
import { Empty, Skeleton } from "../../ui/states.tsx";
import { useUrlState } from "../../ui/url-state.ts";
import { useComponentContext } from "../../components/component-context.ts";

const TerminalView = lazy(async () => ({ default: (await import("../../components/terminal-view.tsx")).TerminalView }));

/** A shell in an instance. */
export function TerminalTab() {
  const { t } = useTranslation();
  const { component } = useComponentContext();
  const cannot = useCannot(component);
  const [instance, setInstance] = useUrlState("instance", "");
  const [round, setRound] = useState(0);
  const ready = component.instances.filter((i) => i.state === "ready" || i.state === "unhealthy" || i.state === "starting");
  const chosen = ready.find((i) => i.id === instance) ?? ready[0];
  const reason = cannot("exec");
  if (reason)
    return (
      <div className="card">
        <Empty title={t("terminal.cannot")}>{reason}</Empty>
      </div>
    );
  if (!chosen)
    return (
      <div className="card">
        <Empty title={t("terminal.none")}>{t("terminal.noneAbout")}</Empty>
      </div>
    );
  return (
    <div className="card card-flush">
      <div className="log-tools">
        <Select
          value={chosen.id}
          onChange={setInstance}
          aria-label={t("instance.one")}
          popupMatchSelectWidth={false}
          options={ready.map((i) => ({ value: i.id, label: `${instanceName(component.name, i.id)} · #${i.releaseNumber}` }))}
        />
        <InstanceChip state={chosen.state} />
        <span className="grow" />
        <Button onClick={() => setRound(round + 1)}>{t("terminal.again")}</Button>
      </div>
      <Suspense fallback={<Skeleton rows={1} height={360} />}>
        <TerminalView
          key={`${chosen.id}${round}`}
          component={component.id}
          instance={chosen.id}
          again={() => setRound(round + 1)}
        />
      </Suspense>
    </div>
  );
}
