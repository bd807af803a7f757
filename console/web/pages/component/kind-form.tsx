import { Form, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Component, ComponentKind, Schedule } from "../../../../shared/contract/component.ts";
import { useCannot } from "../../components/can.ts";
import { useConfigurationChange } from "../../components/configuration-change.ts";
import { useConfigurationReason } from "../../components/configuration-reason.ts";
import type { FormEdit } from "../../components/saved-form.tsx";
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

/** As saved; a schedule to begin with where there is none. */
export const kindOf = ({ configuration: { kind, schedule } }: Component): Values => ({
  kind,
  schedule: schedule ?? { cron: "0 3 * * *", overlap: "skip" },
});

/** What its instances are to each other: alike, each its own, one on every node, or a task that ends. */
export function KindForm({ component, edit }: { readonly component: Component; readonly edit: FormEdit }) {
  const { t } = useTranslation();
  const change = useConfigurationChange();
  const cannot = useCannot(component);
  const reasonOf = useConfigurationReason();
  const [form] = Form.useForm<Values>();
  const [values, setValues] = useState<Values | null>(null);
  const now: Values = values ?? kindOf(component);
  const reason = values ? reasonOf(chosen(values)) : t("edit.nothing");
  const edited = (all: Values | null) => {
    setValues(all);
    edit.setEdited(all !== null);
  };
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={kindOf(component)}
      onValuesChange={(_, all: Values) => edited(all)}
      onFinish={(all) => change({ title: t("kind.title"), configuration: chosen(all), applied: () => edited(null) })}
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
      <ReasonButton type="primary" htmlType="submit" reason={cannot("update") ?? edit.stale ?? reason}>
        {t("action.review")}
      </ReasonButton>
      {values && reason && <p className="field-error form-after">{reason}</p>}
    </Form>
  );
}
