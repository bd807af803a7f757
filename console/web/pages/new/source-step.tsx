import { Button, Form, Input } from "antd";
import { Box, FileArchive, GitBranch, Upload } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { DataCenterId } from "../../../../shared/contract/id.ts";
import type { GitCredential, Source } from "../../../../shared/contract/source.ts";
import { demos, demoUrl } from "../../../../shared/domain/demos.ts";
import { CredentialFields, type CredentialValues, credentialOf } from "../../forms/credential-fields.tsx";
import { useImageRules } from "../../forms/image-rules.ts";
import { useSubmit } from "../../forms/submit.ts";
import { Choice } from "../../ui/choice.tsx";
import { ErrorPanel } from "../../ui/states.tsx";
import { useUrlState } from "../../ui/url-state.ts";
import { DataCenterField } from "./data-center-field.tsx";
import { UploadField } from "./upload-field.tsx";

export interface ChosenSource {
  readonly source: Source;
  readonly credential: GitCredential | undefined;
  /** Where the component is to be; undefined: the platform chooses. */
  readonly dataCenter: DataCenterId | undefined;
}
type From = Source["kind"];

interface GitValues extends CredentialValues {
  readonly url: string;
  readonly ref?: string;
  readonly directory?: string;
  readonly dataCenter?: DataCenterId;
}
type Choose = (chosen: ChosenSource) => Promise<void>;

const trimmed = (text: string | undefined) => text?.trim() || undefined;

interface Choosing {
  /** Where a component would usually be. */
  readonly home: DataCenterId | undefined;
  readonly choose: Choose;
}

function GitForm({ url, home, choose }: Choosing & { readonly url: string }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<GitValues>();
  const [more, setMore] = useState(false);
  const { busy, error, submit } = useSubmit<GitValues>(form, (values) => {
    const ref = trimmed(values.ref);
    const directory = trimmed(values.directory);
    const source: Source = { kind: "git", url: values.url.trim(), ...(ref ? { ref } : {}), ...(directory ? { directory } : {}) };
    return choose({ source, credential: credentialOf(values) ?? undefined, dataCenter: values.dataCenter });
  });
  return (
    <>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ url, credentialKind: "keep", dataCenter: home }}
        onFinish={(values) => void submit(values)}
      >
        {error !== null && <ErrorPanel error={error} compact />}
        <Form.Item name="url" label={t("source.gitUrl")} rules={[{ required: true, message: t("field.required") }]}>
          <Input className="mono" placeholder="https://github.com/you/app.git" spellCheck={false} autoComplete="off" autoFocus />
        </Form.Item>
        <button type="button" className="link-button form-more" aria-expanded={more} onClick={() => setMore(!more)}>
          {more ? t("source.less") : t("source.more")}
        </button>
        <div hidden={!more}>
          <div className="form-row">
            <Form.Item name="ref" label={t("source.ref")} extra={t("source.refHint")}>
              <Input className="mono" spellCheck={false} />
            </Form.Item>
            <Form.Item name="directory" label={t("source.directory")} extra={t("source.directoryHint")}>
              <Input className="mono" spellCheck={false} />
            </Form.Item>
          </div>
          <DataCenterField hint={t("new.dataCenterHint")} />
          <CredentialFields kept={null} />
        </div>
        <Button type="primary" htmlType="submit" loading={busy}>
          {t("new.check")}
        </Button>
      </Form>
      <p className="demo-row muted small">
        {t("new.demos")}{" "}
        {demos.map((demo) => (
          <button
            key={demo}
            type="button"
            className="link-button"
            onClick={() => {
              form.setFieldsValue({ url: demoUrl(window.location.origin, demo), ref: "", directory: "", credentialKind: "keep" });
              form.submit();
            }}
          >
            {t(`language.of.${demo}`)}
          </button>
        ))}
      </p>
    </>
  );
}

function ImageForm({ home, choose }: Choosing) {
  const { t } = useTranslation();
  const rules = useImageRules();
  const [form] = Form.useForm<{ image: string }>();
  const { busy, error, submit } = useSubmit<{ image: string }>(form, ({ image }) =>
    choose({ source: { kind: "image", image: image.trim() }, credential: undefined, dataCenter: home }),
  );
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => void submit(values)}>
      {error !== null && <ErrorPanel error={error} compact />}
      <Form.Item name="image" label={t("source.imageName")} extra={t("source.imageHint")} rules={rules}>
        <Input className="mono" placeholder="docker.io/library/nginx:1.29" spellCheck={false} autoFocus />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={busy}>
        {t("new.go")}
      </Button>
    </Form>
  );
}

/** Where the component comes from. */
export function SourceStep({ home, choose }: Choosing) {
  const { t } = useTranslation();
  const [from, setFrom] = useUrlState("from", "git");
  const [url] = useUrlState("url", "");
  return (
    <div className="stack">
      <Choice<From>
        label={t("source.label")}
        name="from"
        value={from as From}
        choose={setFrom}
        options={[
          { value: "git", label: t("source.git"), icon: <GitBranch size={14} aria-hidden /> },
          { value: "upload", label: t("source.upload"), icon: <FileArchive size={14} aria-hidden /> },
          { value: "push", label: t("source.push"), icon: <Upload size={14} aria-hidden /> },
          { value: "image", label: t("source.image"), icon: <Box size={14} aria-hidden /> },
        ]}
      />
      {from === "git" && <GitForm url={url} home={home} choose={choose} />}
      {from === "upload" && (
        <UploadField done={(upload) => choose({ source: { kind: "upload", upload }, credential: undefined, dataCenter: home })} />
      )}
      {from === "push" && (
        <>
          <p>{t("source.pushAbout")}</p>
          <div>
            <Button
              type="primary"
              onClick={() => void choose({ source: { kind: "push" }, credential: undefined, dataCenter: home })}
            >
              {t("new.go")}
            </Button>
          </div>
        </>
      )}
      {from === "image" && <ImageForm home={home} choose={choose} />}
    </div>
  );
}
