import { Button, Form, Input } from "antd";
import { Box, FileArchive, GitBranch, Upload } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { GitCredential, Source } from "../../../../shared/contract/source.ts";
import { demos, demoUrl } from "../../../../shared/domain/demos.ts";
import { CredentialFields, type CredentialValues, credentialOf } from "../../forms/credential-fields.tsx";
import { useSubmit } from "../../forms/submit.ts";
import { Choice } from "../../ui/choice.tsx";
import { ErrorPanel } from "../../ui/states.tsx";
import { useUrlState } from "../../ui/url-state.ts";
import { UploadField } from "./upload-field.tsx";

export interface ChosenSource {
  readonly source: Source;
  readonly credential: GitCredential | undefined;
}
type From = Source["kind"];

interface GitValues extends CredentialValues {
  readonly url: string;
  readonly ref?: string;
  readonly directory?: string;
}
type Choose = (chosen: ChosenSource) => Promise<void>;

const trimmed = (text: string | undefined) => text?.trim() || undefined;

function GitForm({ url, choose }: { readonly url: string; readonly choose: Choose }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<GitValues>();
  const [more, setMore] = useState(false);
  const { busy, error, submit } = useSubmit<GitValues>(form, (values) => {
    const ref = trimmed(values.ref);
    const directory = trimmed(values.directory);
    const source: Source = { kind: "git", url: values.url.trim(), ...(ref ? { ref } : {}), ...(directory ? { directory } : {}) };
    return choose({ source, credential: credentialOf(values) ?? undefined });
  });
  return (
    <>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ url, credentialKind: "keep" }}
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

function ImageForm({ choose }: { readonly choose: Choose }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ image: string }>();
  const { busy, error, submit } = useSubmit<{ image: string }>(form, ({ image }) =>
    choose({ source: { kind: "image", image: image.trim() }, credential: undefined }),
  );
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => void submit(values)}>
      {error !== null && <ErrorPanel error={error} compact />}
      <Form.Item
        name="image"
        label={t("source.imageName")}
        extra={t("source.imageHint")}
        rules={[{ required: true, message: t("field.required") }]}
      >
        <Input className="mono" placeholder="docker.io/library/nginx:1.29" spellCheck={false} autoFocus />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={busy}>
        {t("new.go")}
      </Button>
    </Form>
  );
}

/** Where the component comes from. */
export function SourceStep({ choose }: { readonly choose: Choose }) {
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
      {from === "git" && <GitForm url={url} choose={choose} />}
      {from === "upload" && (
        <UploadField done={(upload) => choose({ source: { kind: "upload", upload }, credential: undefined })} />
      )}
      {from === "push" && (
        <>
          <p>{t("source.pushAbout")}</p>
          <div>
            <Button type="primary" onClick={() => void choose({ source: { kind: "push" }, credential: undefined })}>
              {t("new.go")}
            </Button>
          </div>
        </>
      )}
      {from === "image" && <ImageForm choose={choose} />}
    </div>
  );
}
