import { Form, Input, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Component } from "../../../../shared/contract/component.ts";
import { useCannot } from "../../components/can.ts";
import { useConfigurationChange } from "../../components/configuration-change.ts";
import { useConfigurationReason } from "../../components/configuration-reason.ts";
import type { FormEdit } from "../../components/saved-form.tsx";
import { type PlacementText, placementOf, textOf } from "../../forms/placement.ts";
import { ReasonButton } from "../../ui/reason-button.tsx";

/** Which nodes of its data center may run it. */
export function PlacementForm({ component, edit }: { readonly component: Component; readonly edit: FormEdit }) {
  const { t } = useTranslation();
  const change = useConfigurationChange();
  const cannot = useCannot(component);
  const reasonOf = useConfigurationReason();
  const [form] = Form.useForm<PlacementText>();
  const [text, setText] = useState<PlacementText | null>(null);
  const saved = textOf(component.configuration.placement);
  const placement = placementOf(text ?? saved);
  const wrong = "badLine" in placement ? t("placement.badLine", { line: placement.badLine }) : reasonOf({ placement });
  const edited = (all: PlacementText | null) => {
    setText(all);
    edit.setEdited(all !== null);
  };
  const submit = () => {
    if (!("badLine" in placement))
      change({ title: t("placement.nodes"), configuration: { placement }, applied: () => edited(null) });
  };
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={saved}
      onValuesChange={(_, all: PlacementText) => edited(all)}
      onFinish={submit}
      disabled={cannot("update") !== null}
    >
      <Form.Item name="spread" label={t("placement.spread")} valuePropName="checked" extra={t("placement.spreadAbout")}>
        <Switch />
      </Form.Item>
      <div className="form-row">
        <Form.Item name="nodeLabels" label={t("placement.labels")} extra={t("placement.labelsAbout")}>
          <Input.TextArea className="mono" autoSize={{ minRows: 2, maxRows: 8 }} spellCheck={false} />
        </Form.Item>
        <Form.Item name="tolerations" label={t("placement.tolerations")} extra={t("placement.tolerationsAbout")}>
          <Input.TextArea className="mono" autoSize={{ minRows: 2, maxRows: 8 }} spellCheck={false} />
        </Form.Item>
      </div>
      <ReasonButton
        type="primary"
        htmlType="submit"
        reason={cannot("update") ?? edit.stale ?? (text ? wrong : t("edit.nothing"))}
      >
        {t("action.review")}
      </ReasonButton>
      {text && wrong && <p className="field-error form-after">{wrong}</p>}
    </Form>
  );
}
