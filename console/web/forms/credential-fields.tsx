import { Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { GitCredential } from "../../../shared/contract/source.ts";

export interface CredentialValues {
  /** keep: leave what is stored. none: forget it. */
  readonly credentialKind?: "keep" | "none" | "token" | "ssh-key";
  readonly username?: string;
  readonly token?: string;
  readonly privateKey?: string;
}

/** undefined: leave it; null: forget it. */
export function credentialOf(values: CredentialValues): GitCredential | null | undefined {
  switch (values.credentialKind) {
    case "token":
      return { kind: "token", username: values.username?.trim() || "git", token: values.token ?? "" };
    case "ssh-key":
      // Editors drop the last newline, OpenSSH wants it.
      return { kind: "ssh-key", privateKey: `${(values.privateKey ?? "").trimEnd()}\n` };
    case "none":
      return null;
    default:
      return undefined;
  }
}

/** Write-only: what is stored is named, never shown. */
export function CredentialFields({ kept }: { readonly kept: "token" | "ssh-key" | null }) {
  const { t } = useTranslation();
  const kind = Form.useWatch<CredentialValues["credentialKind"]>("credentialKind");
  const required = [{ required: true, message: t("field.required") }];
  const keptWord = kept === "token" ? t("source.keepToken") : kept === "ssh-key" ? t("source.keepKey") : t("source.none");
  return (
    <>
      <Form.Item
        name="credentialKind"
        label={t("source.credential")}
        extra={kind === "token" || kind === "ssh-key" ? t("source.credentialHint") : undefined}
      >
        <Select
          options={[
            { value: "keep", label: keptWord },
            ...(kept ? [{ value: "none", label: t("source.forget") }] : []),
            { value: "token", label: t("source.token") },
            { value: "ssh-key", label: t("source.sshKey") },
          ]}
        />
      </Form.Item>
      {kind === "token" && (
        <div className="form-row">
          <Form.Item name="username" label={t("source.username")}>
            <Input placeholder="git" autoComplete="off" spellCheck={false} />
          </Form.Item>
          <Form.Item name="token" label={t("source.tokenValue")} rules={required}>
            <Input.Password autoComplete="off" className="mono" />
          </Form.Item>
        </div>
      )}
      {kind === "ssh-key" && (
        <Form.Item name="privateKey" label={t("source.privateKey")} rules={required}>
          <Input.TextArea
            rows={5}
            className="mono"
            spellCheck={false}
            autoComplete="off"
            placeholder="-----BEGIN OPENSSH PRIVATE KEY-----"
          />
        </Form.Item>
      )}
    </>
  );
}
