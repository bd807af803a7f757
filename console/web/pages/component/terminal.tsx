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
  // A shell stays that of the instance it was opened in, also when that has ended: what was said in it is kept.
  const [held, hold] = useState<string | null>(null);
  const chosen = held ?? (ready.find((i) => i.id === instance) ?? ready[0])?.id;
  if (chosen && !held) hold(chosen);
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
  const now = component.instances.find((i) => i.id === chosen);
  const isReady = ready.some((i) => i.id === chosen);
  const labelOf = (id: string) => instanceName(component.name, id);
  const again = () => {
    if (!isReady) hold(null);
    setRound(round + 1);
  };
  return (
    <div className="card card-flush">
      <div className="log-tools">
        <Select
          value={chosen}
          onChange={(id) => {
            setInstance(id);
            hold(id);
          }}
          aria-label={t("instance.one")}
          popupMatchSelectWidth={false}
          options={[
            ...ready.map((i) => ({ value: i.id, label: `${labelOf(i.id)} · #${i.releaseNumber}` })),
            ...(isReady ? [] : [{ value: chosen, label: labelOf(chosen) }]),
          ]}
        />
        {now && <InstanceChip {...now} />}
        <span className="grow" />
        <Button onClick={again}>{t("terminal.again")}</Button>
      </div>
      <Suspense fallback={<Skeleton rows={1} height={360} />}>
        <TerminalView key={`${chosen}${round}`} component={component.id} instance={chosen} again={again} />
      </Suspense>
    </div>
  );
}
