import { Form, Input, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { Component, HealthCheck } from "../../../../shared/contract/component.ts";
import { useActions } from "../../components/actions.ts";
import { useCannot } from "../../components/can.ts";
import { useComponentContext } from "../../components/component-context.ts";
import { useConfigurationChange } from "../../components/configuration-change.ts";
import { PushHelp } from "../../components/push-help.tsx";
import type { FormWords } from "../../components/conflicts.tsx";
import { ReviewEdit, useSavedForm } from "../../components/saved-form.tsx";
import { SourceWords } from "../../components/source-words.tsx";
import { CredentialFields, type CredentialValues, credentialOf } from "../../forms/credential-fields.tsx";
import { useImageRules } from "../../forms/image-rules.ts";
import { Section } from "../../ui/page.tsx";
import { ReasonButton } from "../../ui/reason-button.tsx";
import { KindForm } from "./kind-form.tsx";
import { PlacementForm } from "./placement-form.tsx";
import { MoveForm } from "./move-form.tsx";
import { useClearing } from "../../ui/clearing.tsx";

interface RunValues {
  readonly command?: string;
  readonly graceSeconds: number;
  readonly health: HealthCheck;
}

interface OfComponent {
  readonly component: Component;
}

const runOf = ({ configuration: { command, graceSeconds, health } }: Component): RunValues => ({
  command: command ?? "",
  graceSeconds,
  health,
});

function useRunWords(): FormWords {
  const { t } = useTranslation();
  const seconds = (label: string) => ({ label, words: (value: number) => `${value} ${t("unit.seconds")}` });
  return {
    command: { label: t("settings.command") },
    graceSeconds: seconds(t("settings.grace")),
    "health.kind": {
      label: t("settings.health"),
      words: (value: HealthCheck["kind"]) => t(`settings.healthKind.${value}`),
    },
    "health.port": { label: t("ports.port") },
    "health.path": { label: t("settings.path") },
    "health.intervalSeconds": seconds(t("settings.interval")),
    "health.timeoutSeconds": seconds(t("settings.timeout")),
    "health.failuresMax": { label: t("settings.failures") },
    "health.startSeconds": seconds(t("settings.start")),
  };
}

function RunForm({ component }: OfComponent) {
  const { t } = useTranslation();
  const clearing = useClearing();
  const change = useConfigurationChange();
  const cannot = useCannot(component);
  const { form, edit, props } = useSavedForm(runOf(component));
  const words = useRunWords();
  const kind = Form.useWatch(["health", "kind"], form);
  const { health, ports } = component.configuration;
  const submit = (values: RunValues) => {
    const checked: HealthCheck = { ...health, ...values.health };
    change({
      title: t("settings.run"),
      configuration: { command: values.command?.trim() || null, graceSeconds: values.graceSeconds, health: checked },
      applied: edit.discard,
    });
  };
  const needed = [{ required: true, message: t("field.required") }];
  const seconds = (name: keyof HealthCheck, label: string, max: number) => (
    <Form.Item name={["health", name]} label={label} rules={needed}>
      <InputNumber min={1} max={max} controls={false} suffix={name === "failuresMax" ? undefined : t("unit.seconds")} />
    </Form.Item>
  );
  return (
    <Form {...props} onFinish={submit} disabled={cannot("update") !== null}>
      <Form.Item name="command" label={t("settings.command")} extra={t("settings.commandAbout")}>
        <Input className="mono" placeholder={t("settings.commandFound")} spellCheck={false} />
      </Form.Item>
      <div className="form-row">
        <Form.Item name={["health", "kind"]} label={t("settings.health")}>
          <Select
            options={(["http", "tcp", "none"] as const).map((value) => ({ value, label: t(`settings.healthKind.${value}`) }))}
          />
        </Form.Item>
        {kind !== "none" && (
          <Form.Item name={["health", "port"]} label={t("ports.port")}>
            <Select
              allowClear={clearing}
              placeholder={t("settings.firstPort")}
              options={ports.map((p) => ({ value: p.port, label: String(p.port) }))}
            />
          </Form.Item>
        )}
        {kind === "http" && (
          <Form.Item
            name={["health", "path"]}
            label={t("settings.path")}
            rules={[{ pattern: /^\/\S*$/, message: t("settings.badPath") }]}
          >
            <Input className="mono" spellCheck={false} />
          </Form.Item>
        )}
      </div>
      {kind !== "none" && (
        <div className="form-row">
          {seconds("intervalSeconds", t("settings.interval"), 300)}
          {seconds("timeoutSeconds", t("settings.timeout"), 60)}
          {seconds("failuresMax", t("settings.failures"), 20)}
          {seconds("startSeconds", t("settings.start"), 1_800)}
        </div>
      )}
      <Form.Item name="graceSeconds" label={t("settings.grace")} extra={t("settings.graceAbout")} rules={needed}>
        <InputNumber min={0} max={600} controls={false} suffix={t("unit.seconds")} />
      </Form.Item>
      <ReviewEdit edit={edit} fields={words} cannot={cannot("update")} />
    </Form>
  );
}

interface SourceValues extends CredentialValues {
  readonly url?: string;
  readonly ref?: string;
  readonly directory?: string;
  readonly image?: string;
  readonly language?: Component["language"];
}

const languages = ["dockerfile", "node", "static", "python", "go", "java", "php", "ruby"] as const;

function sourceOf(component: Component, values: SourceValues): Component["source"] {
  const directory = values.directory?.trim() ? { directory: values.directory.trim() } : {};
  const { source } = component;
  if (source.kind === "git")
    return {
      kind: "git",
      url: values.url?.trim() ?? source.url,
      ...(values.ref?.trim() ? { ref: values.ref.trim() } : {}),
      ...directory,
    };
  if (source.kind === "image") return { kind: "image", image: values.image?.trim() ?? source.image };
  const { directory: _, ...rest } = source;
  return { ...rest, ...directory };
}

const sourceValuesOf = ({ source, language }: Component): SourceValues => ({
  ...(source.kind === "git" ? { url: source.url, ref: source.ref ?? "" } : {}),
  ...(source.kind === "image" ? { image: source.image } : { directory: source.directory ?? "" }),
  ...(language ? { language } : {}),
  credentialKind: "keep",
});

function useSourceWords(): FormWords {
  const { t } = useTranslation();
  return {
    url: { label: t("source.gitUrl") },
    ref: { label: t("source.ref") },
    image: { label: t("source.imageName") },
    directory: { label: t("source.directory") },
    language: {
      label: t("source.language"),
      words: (value: (typeof languages)[number]) => t(`language.of.${value}`),
    },
  };
}

function SourceForm({ component }: OfComponent) {
  const { t } = useTranslation();
  const imageRules = useImageRules();
  const clearing = useClearing();
  const change = useConfigurationChange();
  const cannot = useCannot(component);
  const { edit, props } = useSavedForm(sourceValuesOf(component));
  const words = useSourceWords();
  const { source } = component;
  const submit = (values: SourceValues) => {
    const credential = credentialOf(values);
    change({
      title: t("source.label"),
      update: {
        source: sourceOf(component, values),
        language: values.language ?? null,
        ...(credential === undefined ? {} : { credential }),
      },
      applied: edit.discard,
    });
  };
  return (
    <Form {...props} onFinish={submit} disabled={cannot("update") !== null}>
      {source.kind === "git" && (
        <>
          <Form.Item name="url" label={t("source.gitUrl")} rules={[{ required: true, message: t("field.required") }]}>
            <Input className="mono" spellCheck={false} />
          </Form.Item>
          <Form.Item name="ref" label={t("source.ref")} extra={t("source.refHint")}>
            <Input className="mono" spellCheck={false} />
          </Form.Item>
        </>
      )}
      {source.kind === "image" && (
        <Form.Item name="image" label={t("source.imageName")} rules={imageRules}>
          <Input className="mono" spellCheck={false} />
        </Form.Item>
      )}
      {source.kind === "upload" && (
        <p className="muted">
          <SourceWords source={source} />
        </p>
      )}
      {source.kind !== "image" && (
        <div className="form-row">
          <Form.Item name="directory" label={t("source.directory")} extra={t("source.directoryHint")}>
            <Input className="mono" spellCheck={false} />
          </Form.Item>
          <Form.Item name="language" label={t("source.language")}>
            <Select
              allowClear={clearing}
              placeholder={t("source.detected")}
              options={languages.map((value) => ({ value, label: t(`language.of.${value}`) }))}
            />
          </Form.Item>
        </div>
      )}
      {source.kind === "git" && <CredentialFields kept={component.credential} />}
      <ReviewEdit edit={edit} fields={words} cannot={cannot("update")} />
      <p className="muted small form-after">{t("source.takesEffect")}</p>
    </Form>
  );
}

function Rename({ component }: { readonly component: Component }) {
  const { t } = useTranslation();
  const change = useConfigurationChange();
  const cannot = useCannot(component);
  const [form] = Form.useForm<{ name: string }>();
  const name = Form.useWatch("name", form);
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={{ name: component.name }}
      disabled={cannot("update") !== null}
      onFinish={(values) => change({ title: t("settings.name"), update: { name: values.name } })}
    >
      <div className="form-row form-row-end">
        <Form.Item
          name="name"
          label={t("settings.name")}
          rules={[
            { required: true, message: t("field.required") },
            { pattern: /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/, message: t("field.badName") },
          ]}
        >
          <Input className="mono" spellCheck={false} />
        </Form.Item>
        <ReasonButton htmlType="submit" reason={cannot("update") ?? (name === component.name ? t("edit.nothing") : null)}>
          {t("action.review")}
        </ReasonButton>
      </div>
    </Form>
  );
}

export function SettingsTab() {
  const { t } = useTranslation();
  const { application, component } = useComponentContext();
  const actions = useActions(component, application);
  const cannot = useCannot(component);
  return (
    <div className="settings">
      <Section title={t("settings.general")}>
        <Rename component={component} key={component.name} />
      </Section>
      <Section title={t("source.label")} about={t("settings.sourceAbout")}>
        <SourceForm component={component} />
      </Section>
      {component.source.kind === "push" && <PushHelp component={component} />}
      <Section title={t("settings.run")} about={t("settings.runAbout")}>
        <RunForm component={component} />
      </Section>
      <Section title={t("kind.title")} about={t("kind.about")}>
        <KindForm component={component} />
      </Section>
      <Section title={t("placement.title")} about={t("placement.about")}>
        <MoveForm key={component.dataCenter} />
        <PlacementForm component={component} />
      </Section>
      <div className="danger-zone">
        <Section title={t("settings.danger")}>
          <div className="danger-row">
            <div>
              <strong>{t("settings.stop")}</strong>
              <p className="muted">{t("settings.stopAbout")}</p>
            </div>
            <ReasonButton danger reason={cannot("stop")} onClick={actions.stop}>
              {t("action.stop")}
            </ReasonButton>
          </div>
          <div className="danger-row">
            <div>
              <strong>{t("settings.remove")}</strong>
              <p className="muted">{t("settings.removeAbout")}</p>
            </div>
            <ReasonButton danger reason={cannot("remove")} onClick={actions.remove}>
              {t("action.remove")}
            </ReasonButton>
          </div>
        </Section>
      </div>
    </div>
  );
}
