import { Form, Input, Switch } from "antd";
import { useTranslation } from "react-i18next";
import type { Component } from "../../../../shared/contract/component.ts";
import { useCannot } from "../../components/can.ts";
import { useConfigurationChange } from "../../components/configuration-change.ts";
import { useConfigurationReason } from "../../components/configuration-reason.ts";
import type { FormWords } from "../../components/conflicts.tsx";
import { ReviewEdit, useSavedForm } from "../../components/saved-form.tsx";
import { placementOf, textOf } from "../../forms/placement.ts";

/** Which nodes of its data center may run it. */
export function PlacementForm({ component }: { readonly component: Component }) {
  const { t } = useTranslation();
  const change = useConfigurationChange();
  const cannot = useCannot(component);
  const reasonOf = useConfigurationReason();
  const { edit, props } = useSavedForm(textOf(component.configuration.placement));
  const placement = placementOf(edit.value);
  const wrong = "badLine" in placement ? t("placement.badLine", { line: placement.badLine }) : reasonOf({ placement });
  const words: FormWords = {
    spread: { label: t("placement.spread") },
    nodeLabels: { label: t("placement.labels") },
    tolerations: { label: t("placement.tolerations") },
  };
  const submit = () => {
    if (!("badLine" in placement)) change({ title: t("placement.nodes"), configuration: { placement }, applied: edit.discard });
  };
  return (
    <Form {...props} onFinish={submit} disabled={cannot("update") !== null}>
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
      <ReviewEdit edit={edit} fields={words} cannot={cannot("update")} wrong={wrong} />
    </Form>
  );
}
