import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useSearchParams } from "react-router";
import { client } from "../api/client.ts";
import { adoptSession } from "../api/session.ts";
import { EmailField } from "../forms/email-field.tsx";
import { useSubmit } from "../forms/submit.ts";
import { useTitle } from "../ui/page.tsx";
import { ErrorPanel } from "../ui/states.tsx";
import { Welcome } from "./welcome.tsx";

interface Values {
  readonly email: string;
  readonly password: string;
}

/** Only a path of this site: a link must not send a person elsewhere after signing in. */
export const safeNext = (next: string | null): string =>
  next?.startsWith("/") && !next.startsWith("//") && !next.startsWith("/\\") ? next : "/";

export function LoginPage() {
  const { t } = useTranslation();
  useTitle(t("login.title"));
  const [form] = Form.useForm<Values>();
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const { busy, error, submit } = useSubmit<Values>(form, async (body) => {
    adoptSession(await client.sessionCreate({ body }));
    await navigate(safeNext(params.get("next")), { replace: true });
  });
  return (
    <Welcome
      title={t("login.title")}
      about={t("login.about")}
      foot={
        <>
          {t("login.noAccount")} <Link to={`/signup?${params}`}>{t("login.signUp")}</Link>
        </>
      }
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={(values) => void submit(values)}
        validateTrigger="onSubmit"
      >
        {error !== null && <ErrorPanel error={error} compact />}
        <EmailField autoComplete="username" autoFocus />
        <Form.Item name="password" label={t("field.password")} rules={[{ required: true, message: t("field.required") }]}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={busy}>
          {t("login.submit")}
        </Button>
        <p className="welcome-foot">
          <Link to="/forgot-password">{t("login.forgot")}</Link>
        </p>
      </Form>
    </Welcome>
  );
}
