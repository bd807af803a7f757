import { InputNumber, Slider, Switch } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Configuration } from "../../../../shared/contract/component.ts";
import { useFreshUsage } from "../../api/live.ts";
import { useActions } from "../../components/actions.ts";
import { useCannot } from "../../components/can.ts";
import { useConfigurationChange } from "../../components/configuration-change.ts";
import { useConfigurationReason } from "../../components/configuration-reason.ts";
import type { FormWords } from "../../components/conflicts.tsx";
import { SaveEdit } from "../../components/save-edit.tsx";
import { useEdit } from "../../components/use-edit.ts";
import { useTeam } from "../../components/team.ts";
import { Section } from "../../ui/page.tsx";
import { bytes, cores } from "../../ui/quantity.ts";
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
  // Or it would be an edit again when somebody else scales.
  if (wanted === now) setWanted(null);
  const count = wanted ?? now;
  const byLoad = component.configuration.scaling ? t("scaling.byLoad") : null;
  const reason = cannot("scale") ?? byLoad ?? (count === now ? t("scaling.same") : null);
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
            reason={byLoad ?? (count <= 0 ? t("scaling.least") : null)}
            onClick={() => setWanted(count - 1)}
          >
            {"−"}
          </ReasonButton>
          <InputNumber
            min={0}
            max={replicasMax}
            value={count}
            controls={false}
            disabled={byLoad !== null}
            aria-label={t("scaling.replicas")}
            onChange={(value) => setWanted(value ?? 0)}
          />
          <ReasonButton
            aria-label={t("scaling.more")}
            reason={byLoad ?? (count >= replicasMax ? t("scaling.most", { count: replicasMax }) : null)}
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

function useSizeWords(): FormWords {
  const { t, i18n } = useTranslation();
  return {
    memoryMib: { label: t("scaling.memory"), words: (value: number) => `${value} MiB` },
    cpuMillis: { label: t("scaling.cpu"), words: (value: number) => cores(value, i18n.language) },
  };
}

function Size() {
  const { t, i18n } = useTranslation();
  const { component } = useComponentContext();
  useFreshUsage(useTeam().id, component.id);
  const change = useConfigurationChange();
  const cannot = useCannot(component);
  const edit = useEdit(component.configuration.resources);
  const { value: size, set, discard } = edit;
  const words = useSizeWords();
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
      <SaveEdit
        edit={edit}
        fields={words}
        review={() => change({ title: t("scaling.size"), configuration: { resources: size }, applied: discard })}
      />
    </Section>
  );
}

interface Figure {
  readonly label: string;
  readonly value: number;
  readonly max: number;
  readonly min: number;
  readonly step?: number;
  readonly unit?: string;
  readonly set: (value: number) => void;
}

/** Something that is on or off and, when on, has figures. */
function Switched(props: {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly on: boolean;
  readonly toggle: (on: boolean) => void;
  readonly readOnly: boolean;
  /** Why it cannot be turned on. */
  readonly reason: string | null;
  readonly figures: readonly Figure[];
  readonly children: ReactNode;
}) {
  const { readOnly, on, reason } = props;
  return (
    <Section title={props.title} about={props.about} flush>
      <div className="switched">
        {/* biome-ignore lint/a11y/noLabelWithoutControl: the switch is inside */}
        <label className="row">
          <Switch checked={on} disabled={readOnly || (!on && reason !== null)} aria-label={props.title} onChange={props.toggle} />
          {!on && reason && <span className="muted">{reason}</span>}
        </label>
        {on &&
          props.figures.map(({ label, value, unit, set, ...range }, at) => (
            <span className="switched-figure" key={label}>
              <label htmlFor={`${props.id}-${at}`}>{label}</label>
              <InputNumber
                id={`${props.id}-${at}`}
                {...range}
                value={value}
                disabled={readOnly}
                controls={false}
                suffix={unit}
                onChange={(next) => next !== null && set(next)}
              />
            </span>
          ))}
      </div>
      {props.children}
    </Section>
  );
}

/** One part of the configuration that may be null: what is edited, and how it is saved. */
function useOptional<K extends "scaling" | "requests">(name: K, title: string, fields: FormWords) {
  const { component } = useComponentContext();
  const change = useConfigurationChange();
  const cannot = useCannot(component);
  const reasonOf = useConfigurationReason();
  const edit = useEdit<Configuration[K]>(component.configuration[name]);
  const { value, set, discard } = edit;
  const reason = (value: Configuration[K]) => reasonOf({ [name]: value });
  return {
    value,
    set,
    reason,
    readOnly: cannot("update") !== null,
    bar: (
      <SaveEdit
        edit={edit}
        fields={{ "": { label: title }, ...fields }}
        reason={reason(value)}
        review={() => change({ title, configuration: { [name]: value }, applied: discard })}
      />
    ),
  };
}

function ByLoad() {
  const { t } = useTranslation();
  const { component } = useComponentContext();
  const { value, set, reason, readOnly, bar } = useOptional("scaling", t("scaling.automatic"), {
    replicasMin: { label: t("scaling.min") },
    replicasMax: { label: t("scaling.max") },
    cpuPercent: { label: t("scaling.target"), words: (value: number) => `${value} %` },
  });
  const least = Math.max(1, component.configuration.replicas);
  const usual = { replicasMin: least, replicasMax: Math.min(replicasMax, Math.max(4, least * 2)), cpuPercent: 70 };
  return (
    <Switched
      id="by-load"
      title={t("scaling.automatic")}
      about={t("scaling.automaticAbout")}
      on={value !== null}
      toggle={(on) => set(on ? usual : null)}
      readOnly={readOnly}
      reason={reason(usual)}
      figures={
        value
          ? [
              {
                label: t("scaling.min"),
                value: value.replicasMin,
                min: 1,
                max: replicasMax,
                set: (n) => set({ ...value, replicasMin: n }),
              },
              {
                label: t("scaling.max"),
                value: value.replicasMax,
                min: 1,
                max: replicasMax,
                set: (n) => set({ ...value, replicasMax: n }),
              },
              {
                label: t("scaling.target"),
                value: value.cpuPercent,
                min: 5,
                max: 100,
                unit: "%",
                set: (n) => set({ ...value, cpuPercent: n }),
              },
            ]
          : []
      }
    >
      {bar}
    </Switched>
  );
}

function SetAside() {
  const { t } = useTranslation();
  const { component } = useComponentContext();
  const { value, set, reason, readOnly, bar } = useOptional("requests", t("scaling.requests"), useSizeWords());
  const { memoryMib, cpuMillis } = component.configuration.resources;
  const usual = { memoryMib, cpuMillis: Math.max(10, Math.round(cpuMillis / 4)) };
  return (
    <Switched
      id="requests"
      title={t("scaling.requests")}
      about={t("scaling.requestsAbout")}
      on={value !== null}
      toggle={(on) => set(on ? usual : null)}
      readOnly={readOnly}
      reason={reason(usual)}
      figures={
        value
          ? [
              {
                label: t("scaling.memory"),
                value: value.memoryMib,
                min: 16,
                max: 65_536,
                unit: "MiB",
                set: (n) => set({ ...value, memoryMib: Math.round(n) }),
              },
              {
                label: t("scaling.cpu"),
                value: value.cpuMillis / 1_000,
                min: 0.01,
                max: 64,
                step: 0.25,
                unit: t("scaling.cores"),
                set: (n) => set({ ...value, cpuMillis: Math.round(n * 1_000) }),
              },
            ]
          : []
      }
    >
      {bar}
    </Switched>
  );
}

export function ScalingTab() {
  return (
    <>
      <Replicas />
      <ByLoad />
      <Size />
      <SetAside />
    </>
  );
}
