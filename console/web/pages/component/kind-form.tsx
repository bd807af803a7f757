import { Form, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Component, ComponentKind, Schedule } from "../../../../shared/contract/component.ts";
import { useCannot } from "../../components/can.ts";
import { useConfigurationChange } from "../../components/configuration-change.ts";
import { useConfigurationReason } from "../../components/configuration-reason.ts";
import { LeaveGuard } from "../../components/leave-guard.tsx";
import { ReasonButton } from "../../ui/reason-button.tsx";

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

/** What its instances are to each other: alike, each its own, one on every node, or a task that ends. */
export function KindForm({ component }: { readonly component: Component }) {
  const { t } = useTranslation();
  const change = useConfigurationChange();
  const cannot = useCannot(component);
  const reasonOf = useConfigurationReason();
  const [form] = Form.useForm<Values>();
  const [values, setValues] = useState<Values | null>(null);
  const { kind, schedule } = component.configuration;
  const now: Values = values ?? { kind, ...(schedule && { schedule }) };
  const reason = values ? reasonOf(chosen(values)) : t("edit.nothing");
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={{ kind, schedule: schedule ?? { cron: "0 3 * * *", overlap: "skip" } }}
      onValuesChange={(_, all: Values) => setValues(all)}
      onFinish={(all) => change({ title: t("kind.title"), configuration: chosen(all), applied: () => setValues(null) })}
      disabled={cannot("update") !== null}
    >
      <LeaveGuard dirty={values !== null} />
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
      <ReasonButton type="primary" htmlType="submit" reason={cannot("update") ?? reason}>
        {t("action.review")}
      </ReasonButton>
      {values && reason && <p className="field-error form-after">{reason}</p>}
    </Form>
  );
}
