import { InputNumber, Slider } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useActions } from "../../components/actions.ts";
import { useCannot } from "../../components/can.ts";
import { useConfigurationChange } from "../../components/configuration-change.ts";
import { SaveBar } from "../../components/save-bar.tsx";
import { Section } from "../../ui/page.tsx";
import { bytes } from "../../ui/quantity.ts";
import { ReasonButton } from "../../ui/reason-button.tsx";
import { useComponentContext } from "../../components/component-context.ts";
import "./scaling.css";

/** As the contract has it. */
const replicasMax = 50;

function Replicas() {
  const { t } = useTranslation();
  const { application, component } = useComponentContext();
  const actions = useActions(component, application);
  const cannot = useCannot(component);
  const now = component.configuration.replicas;
  const [wanted, setWanted] = useState<number | null>(null);
  const count = wanted ?? now;
  const reason = cannot("scale") ?? (count === now ? t("scaling.same") : null);
  return (
    <Section title={t("scaling.replicas")} about={t("scaling.replicasAbout")}>
      <form
        className="scaling"
        onSubmit={(event) => {
          event.preventDefault();
          if (!reason) actions.scale(count);
        }}
      >
        <div className="stepper">
          <ReasonButton
            aria-label={t("scaling.less")}
            reason={count <= 0 ? t("scaling.least") : null}
            onClick={() => setWanted(count - 1)}
          >
            {"−"}
          </ReasonButton>
          <InputNumber
            min={0}
            max={replicasMax}
            value={count}
            controls={false}
            aria-label={t("scaling.replicas")}
            onChange={(value) => setWanted(value ?? 0)}
          />
          <ReasonButton
            aria-label={t("scaling.more")}
            reason={count >= replicasMax ? t("scaling.most", { count: replicasMax }) : null}
            onClick={() => setWanted(count + 1)}
          >
            {"+"}
          </ReasonButton>
        </div>
        <span className="muted grow">
          {t("scaling.now", { count: now, ready: component.instances.filter((i) => i.state === "ready").length })}
        </span>
        <ReasonButton type="primary" htmlType="submit" reason={reason}>
          {t("scaling.scale")}
        </ReasonButton>
      </form>
    </Section>
  );
}

/** Powers of two, the sizes people use. */
const memorySteps = [64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192];
const cpuSteps = [100, 250, 500, 1_000, 2_000, 4_000];
const nearest = (steps: readonly number[], value: number) =>
  steps.reduce((best, step, at) => (Math.abs(step - value) < Math.abs((steps[best] ?? 0) - value) ? at : best), 0);

function Size() {
  const { t, i18n } = useTranslation();
  const { component } = useComponentContext();
  const change = useConfigurationChange();
  const cannot = useCannot(component);
  const current = component.configuration.resources;
  const [edited, setEdited] = useState<typeof current | null>(null);
  const size = edited ?? current;
  const set = (next: typeof current) =>
    setEdited(next.memoryMib === current.memoryMib && next.cpuMillis === current.cpuMillis ? null : next);
  const readOnly = cannot("update") !== null;
  const peak = Math.max(0, ...component.instances.map((i) => i.memoryBytes ?? 0));
  return (
    <Section title={t("scaling.size")} about={t("scaling.sizeAbout")} flush>
      <div className="sizes">
        <label htmlFor="memory">{t("scaling.memory")}</label>
        <Slider
          min={0}
          max={memorySteps.length - 1}
          value={nearest(memorySteps, size.memoryMib)}
          disabled={readOnly}
          tooltip={{ open: false }}
          ariaLabelForHandle={t("scaling.memory")}
          onChange={(at) => set({ ...size, memoryMib: memorySteps[at] ?? size.memoryMib })}
        />
        <InputNumber
          id="memory"
          min={16}
          max={65_536}
          value={size.memoryMib}
          disabled={readOnly}
          controls={false}
          suffix="MiB"
          onChange={(value) => value && set({ ...size, memoryMib: value })}
        />
        <span className="muted small">{peak > 0 ? t("scaling.usedNow", { used: bytes(peak, i18n.language) }) : ""}</span>
        <label htmlFor="cpu">{t("scaling.cpu")}</label>
        <Slider
          min={0}
          max={cpuSteps.length - 1}
          value={nearest(cpuSteps, size.cpuMillis)}
          disabled={readOnly}
          tooltip={{ open: false }}
          ariaLabelForHandle={t("scaling.cpu")}
          onChange={(at) => set({ ...size, cpuMillis: cpuSteps[at] ?? size.cpuMillis })}
        />
        <InputNumber
          id="cpu"
          min={0.01}
          max={64}
          step={0.25}
          value={size.cpuMillis / 1_000}
          disabled={readOnly}
          controls={false}
          suffix={t("scaling.cores")}
          onChange={(value) => value && set({ ...size, cpuMillis: Math.round(value * 1_000) })}
        />
        <span />
      </div>
      <SaveBar
        count={edited ? 1 : 0}
        discard={() => setEdited(null)}
        review={() => change({ title: t("scaling.size"), configuration: { resources: size }, applied: () => setEdited(null) })}
      />
    </Section>
  );
}

export function ScalingTab() {
  return (
    <>
      <Replicas />
      <Size />
    </>
  );
}
