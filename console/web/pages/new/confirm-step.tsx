import { Button, Form, Input, InputNumber, Select, Switch } from "antd";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Application, Component } from "../../../../shared/contract/component.ts";
import type { DataCenterId } from "../../../../shared/contract/id.ts";
import type { Check, Language } from "../../../../shared/contract/source.ts";
import { LeaveGuard } from "../../components/leave-guard.tsx";
import { componentsOf } from "../../components/lookup.ts";
import { isName } from "../../../../shared/domain/name.ts";
import type { Draft } from "../../forms/new-component.ts";
import { useSubmit } from "../../forms/submit.ts";
import { nameProblem } from "../../forms/variables.ts";
import { ErrorPanel } from "../../ui/states.tsx";
import { ValueArea } from "../../ui/value-area.tsx";
import { DataCenterField } from "./data-center-field.tsx";

export interface Confirmed extends Draft {
  readonly language: Language | undefined;
  /** undefined: the platform chooses. */
  readonly dataCenter: DataCenterId | undefined;
}
interface Props {
  readonly draft: Draft;
  readonly check: Check | null;
  /** Where it was looked at, or would be; undefined: nobody said. */
  readonly dataCenter: DataCenterId | undefined;
  readonly applications: readonly Application[];
  readonly components: readonly Component[];
  readonly isPush: boolean;
  /** `into`: told the application once there is one. */
  readonly create: (confirmed: Confirmed, into: (application: Application) => void) => Promise<void>;
}

function PortFields() {
  const { t } = useTranslation();
  return (
    <Form.List name="ports">
      {(fields, { add, remove }) => (
        <div className="list-fields">
          {fields.map((field) => (
            <div key={field.key} className="list-row">
              <Form.Item name={[field.name, "port"]} rules={[{ required: true, message: t("field.required") }]}>
                <InputNumber min={1} max={65_535} controls={false} aria-label={t("ports.port")} />
              </Form.Item>
              <Form.Item name={[field.name, "protocol"]}>
                <Select
                  aria-label={t("ports.protocol")}
                  options={[
                    { value: "http", label: "HTTP" },
                    { value: "tcp", label: "TCP" },
                  ]}
                />
              </Form.Item>
              <Form.Item name={[field.name, "external"]} valuePropName="checked">
                <Switch aria-label={t("ports.external")} />
              </Form.Item>
              <span className="muted grow">{t("ports.external")}</span>
              <button type="button" className="icon-button" aria-label={t("ports.removeOne")} onClick={() => remove(field.name)}>
                <Trash2 size={14} aria-hidden />
              </button>
            </div>
          ))}
          <Button
            size="small"
            icon={<Plus size={14} aria-hidden />}
            onClick={() => add({ port: 8080, protocol: "http", external: fields.length === 0 })}
          >
            {t("ports.add")}
          </Button>
        </div>
      )}
    </Form.List>
  );
}

function VariableValue({ name }: { readonly name: number }) {
  const { t } = useTranslation();
  const variable = Form.useWatch<Draft["variables"][number] | undefined>(["variables", name]);
  const rules = variable?.required ? [{ required: true, message: t("new.variableNeeded") }] : [];
  return (
    <Form.Item name={[name, "value"]} rules={rules} extra={variable?.description || undefined}>
      <ValueArea secret={variable?.kind === "secret"} placeholder={t("variables.value")} aria-label={t("variables.value")} />
    </Form.Item>
  );
}

function VariableFields() {
  const { t } = useTranslation();
  return (
    <Form.List name="variables">
      {(fields, { add, remove }) => (
        <div className="list-fields">
          {fields.map((field) => (
            <div key={field.key} className="list-row list-variable">
              <Form.Item
                name={[field.name, "name"]}
                rules={[
                  { required: true, message: t("field.required") },
                  {
                    validator: async (_, name: string) => {
                      const problem = name ? nameProblem(name) : null;
                      if (problem) throw new Error(t(problem));
                    },
                  },
                ]}
              >
                <Input className="mono" placeholder={t("variables.name")} aria-label={t("variables.name")} spellCheck={false} />
              </Form.Item>
              <VariableValue name={field.name} />
              <Form.Item name={[field.name, "kind"]}>
                <Select
                  aria-label={t("variables.kind")}
                  options={[
                    { value: "plain", label: t("variables.plain") },
                    { value: "secret", label: t("variables.secret") },
                  ]}
                />
              </Form.Item>
              <button
                type="button"
                className="icon-button"
                aria-label={t("variables.removeOne")}
                onClick={() => remove(field.name)}
              >
                <Trash2 size={14} aria-hidden />
              </button>
            </div>
          ))}
          <Button
            size="small"
            icon={<Plus size={14} aria-hidden />}
            onClick={() => add({ name: "", value: "", kind: "plain", required: false, description: "" })}
          >
            {t("variables.add")}
          </Button>
        </div>
      )}
    </Form.List>
  );
}

const newOne = "new";

/** What was found, for a person to confirm or correct. */
export function ConfirmStep({ draft, check, dataCenter, applications, components, isPush, create }: Props) {
  const { t } = useTranslation();
  const [form] = Form.useForm();
  const application = Form.useWatch<string | undefined>("application", form) ?? draft.application ?? newOne;
  const into = applications.find((a) => a.id === application);
  const taken = into ? componentsOf(components, into).map((c) => c.name) : [];
  const proposal = check?.proposal ?? null;
  const [edited, setEdited] = useState(false);
  const { busy, error, submit } = useSubmit<Confirmed & { application: string }>(form, (values) =>
    create(
      {
        ...values,
        application: values.application === newOne ? null : values.application,
        ports: values.ports ?? [],
        variables: values.variables ?? [],
      },
      // Where the rest fails, it is not to be made again.
      ({ id }) => form.setFieldValue("application", id),
    ),
  );
  const nameRule = {
    validator: async (_: unknown, name: string) =>
      isName(name ?? "") ? undefined : Promise.reject(new Error(t("field.badName"))),
  };
  const freeRule = {
    validator: async (_: unknown, name: string) =>
      taken.includes(name) ? Promise.reject(new Error(t("new.nameTaken"))) : undefined,
  };
  const newRule = {
    validator: async (_: unknown, name: string) =>
      applications.some((a) => a.name === name) ? Promise.reject(new Error(t("new.applicationTaken"))) : undefined,
  };
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      onValuesChange={() => setEdited(true)}
      initialValues={{ ...draft, application: draft.application ?? newOne, language: proposal?.language, dataCenter }}
      onFinish={(values) => void submit(values)}
    >
      <LeaveGuard dirty={edited} />
      {error !== null && <ErrorPanel error={error} compact />}
      <div className="form-row">
        <Form.Item name="application" label={t("application.one")}>
          <Select
            showSearch={{ optionFilterProp: "label" }}
            options={[
              { value: newOne, label: t("new.newApplication") },
              ...applications.map((a) => ({ value: a.id, label: a.name })),
            ]}
          />
        </Form.Item>
        {application === newOne && (
          <Form.Item name="applicationName" label={t("application.name")} rules={[nameRule, newRule]}>
            <Input className="mono" spellCheck={false} />
          </Form.Item>
        )}
        <Form.Item name="name" label={t("new.componentName")} rules={[nameRule, freeRule]} dependencies={["application"]}>
          <Input className="mono" spellCheck={false} />
        </Form.Item>
      </div>
      {!isPush && (
        <div className="form-row">
          {proposal && (
            <Form.Item name="language" label={t("source.language")}>
              <Select options={proposal.alternatives.map((value) => ({ value, label: t(`language.of.${value}`) }))} />
            </Form.Item>
          )}
          <Form.Item name="command" label={t("settings.command")} className="grow-2">
            <Input className="mono" placeholder={proposal?.command ?? t("settings.commandFound")} spellCheck={false} />
          </Form.Item>
        </div>
      )}
      <DataCenterField />
      <Form.Item label={t("tab.ports")} extra={t("new.portsAbout")}>
        <PortFields />
      </Form.Item>
      <Form.Item label={t("tab.variables")}>
        <VariableFields />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={busy}>
        {isPush ? t("new.createOnly") : t("new.create")}
      </Button>
    </Form>
  );
}
