import { Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { Component, ComponentKind, Schedule } from "../../../../shared/contract/component.ts";
import { useCannot } from "../../components/can.ts";
import { useConfigurationChange } from "../../components/configuration-change.ts";
import { useConfigurationReason } from "../../components/configuration-reason.ts";
import type { FormWords } from "../../components/conflicts.tsx";
import { ReviewEdit, useSavedForm } from "../../components/saved-form.tsx";

interface Values {
  readonly kind: ComponentKind;
  readonly schedule?: Partial<Schedule>;
}

const kinds = ["stateless", "stateful", "daemon", "job", "cron"] as const;
const overlaps = ["skip", "replace", "allow"] as const;

const chosen = ({ kind, schedule }: Values) => ({
  kind,
  schedule: kind === "cron" ? { cron: schedule?.cron?.trim() ?? "", overlap: schedule?.overlap ?? "skip" } : null,
});

/** As saved; a schedule to begin with where there is none. */
const kindOf = ({ configuration: { kind, schedule } }: Component): Values => ({
  kind,
  schedule: schedule ?? { cron: "0 3 * * *", overlap: "skip" },
});

/** What its instances are to each other: alike, each its own, one on every node, or a task that ends. */
export function KindForm({ component }: { readonly component: Component }) {
  const { t } = useTranslation();
  const change = useConfigurationChange();
  const cannot = useCannot(component);
  const reasonOf = useConfigurationReason();
  const { edit, props } = useSavedForm(kindOf(component));
  const now = edit.value;
  const words: FormWords = {
    kind: { label: t("kind.word"), words: (value: ComponentKind) => t(`kind.of.${value}`) },
    "schedule.cron": { label: t("kind.schedule") },
    "schedule.overlap": { label: t("kind.overlap"), words: (value: Schedule["overlap"]) => t(`kind.overlapOf.${value}`) },
  };
  return (
    <Form
      {...props}
      onFinish={() => change({ title: t("kind.title"), configuration: chosen(now), applied: edit.discard })}
      disabled={cannot("update") !== null}
    >
      <Form.Item name="kind" label={t("kind.word")} extra={t(`kind.means.${now.kind}`)}>
        <Select options={kinds.map((value) => ({ value, label: t(`kind.of.${value}`) }))} />
      </Form.Item>
      {now.kind === "cron" && (
        <div className="form-row">
          <Form.Item name={["schedule", "cron"]} label={t("kind.schedule")} extra={t("kind.scheduleAbout")}>
            <Input className="mono" spellCheck={false} placeholder="0 3 * * *" />
          </Form.Item>
          <Form.Item name={["schedule", "overlap"]} label={t("kind.overlap")}>
            <Select options={overlaps.map((value) => ({ value, label: t(`kind.overlapOf.${value}`) }))} />
          </Form.Item>
        </div>
      )}
      <ReviewEdit edit={edit} fields={words} cannot={cannot("update")} wrong={reasonOf(chosen(now))} />
    </Form>
  );
}
