import { Button, Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useNavigate } from "react-router";
import { client } from "../api/client.ts";
import { EmailField } from "../forms/email-field.tsx";
import { useSubmit } from "../forms/submit.ts";
import { useTitle } from "../ui/page.tsx";
import { ErrorPanel, Note } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import { passwordMin } from "./signup.tsx";
import { Welcome } from "./welcome.tsx";

/** Whether anyone has the address is not told. */
export function ForgotPasswordPage() {
  const { t, i18n } = useTranslation();
  useTitle(t("forgot.title"));
  const [form] = Form.useForm<{ email: string }>();
  const [sentTo, setSentTo] = useState<string | null>(null);
  const { busy, error, submit } = useSubmit<{ email: string }>(form, async ({ email }) => {
    await client.passwordResetCreate({ body: { email, language: i18n.language === "zh" ? "zh" : "en" } });
    setSentTo(email);
  });
  return (
    <Welcome title={t("forgot.title")} about={t("forgot.about")} foot={<Link to="/login">{t("forgot.back")}</Link>}>
      {sentTo === null ? (
        <Form
          form={form}
          layout="vertical"
          requiredMark={false}
          onFinish={(values) => void submit(values)}
          validateTrigger="onSubmit"
        >
          {error !== null && <ErrorPanel error={error} compact />}
          <EmailField autoComplete="username" autoFocus />
          <Button type="primary" htmlType="submit" loading={busy}>
            {t("forgot.submit")}
          </Button>
        </Form>
      ) : (
        <Note level="info" title={t("forgot.sent")}>
          {t("forgot.sentAbout", { email: sentTo })}
        </Note>
      )}
    </Welcome>
  );
}

function NewPasswordForm({ token }: { readonly token: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [form] = Form.useForm<{ password: string }>();
  const { busy, error, submit } = useSubmit<{ password: string }>(form, async ({ password }) => {
    await client.passwordResetComplete({ body: { token, password } });
    toast(t("reset.done"));
    await navigate("/login", { replace: true });
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => void submit(values)} validateTrigger="onBlur">
      {error !== null && <ErrorPanel error={error} compact />}
      <Form.Item
        name="password"
        label={t("account.newPassword")}
        extra={t("field.passwordHint", { min: passwordMin })}
        rules={[
          { required: true, message: t("field.required") },
          { min: passwordMin, message: t("field.passwordShort", { min: passwordMin }) },
        ]}
      >
        <Input.Password autoComplete="new-password" autoFocus />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={busy}>
        {t("reset.submit")}
      </Button>
    </Form>
  );
}

/** The mail's link: its token stands after `#`, which no server is told. */
export function ResetPasswordPage() {
  const { t } = useTranslation();
  useTitle(t("reset.title"));
  const token = useLocation().hash.slice(1);
  return (
    <Welcome title={t("reset.title")} about={t("reset.about")} foot={<Link to="/forgot-password">{t("reset.again")}</Link>}>
      {token ? (
        <NewPasswordForm token={token} />
      ) : (
        <Note level="warning" title={t("reset.noToken")}>
          {t("reset.noTokenAbout")}
        </Note>
      )}
    </Welcome>
  );
}
