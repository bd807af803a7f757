import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useSearchParams } from "react-router";
import { client } from "../api/client.ts";
import { adoptSession } from "../api/session.ts";
import { EmailField } from "../forms/email-field.tsx";
import { useSubmit } from "../forms/submit.ts";
import { useTitle } from "../ui/page.tsx";
import { ErrorPanel } from "../ui/states.tsx";
import { safeNext } from "./login.tsx";
import { Welcome } from "./welcome.tsx";

interface Values {
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly team?: string;
}

/** The same least length as the contract's Password, which needs zod. */
export const passwordMin = 12;

export function SignupForm({
  invitation,
  email,
  done,
}: {
  readonly invitation?: string;
  readonly email?: string;
  readonly done: () => Promise<void>;
}) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const { busy, error, submit } = useSubmit<Values>(form, async ({ team, ...person }) => {
    const body = { ...person, ...(team?.trim() ? { team: team.trim() } : {}), ...(invitation ? { invitation } : {}) };
    adoptSession(await client.userCreate({ body }));
    await done();
  });
  const required = { required: true, message: t("field.required") };
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      onFinish={(values) => void submit(values)}
      validateTrigger="onBlur"
      initialValues={{ email: email ?? "" }}
    >
      {error !== null && <ErrorPanel error={error} compact />}
      <Form.Item name="name" label={t("field.name")} rules={[{ ...required, whitespace: true }]}>
        <Input autoComplete="name" autoFocus maxLength={80} />
      </Form.Item>
      <EmailField autoComplete="username" readOnly={Boolean(email)} />
      <Form.Item
        name="password"
        label={t("field.password")}
        extra={t("field.passwordHint", { min: passwordMin })}
        rules={[required, { min: passwordMin, message: t("field.passwordShort", { min: passwordMin }) }]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      {!invitation && (
        <Form.Item name="team" label={t("field.team")} extra={t("field.teamHint")}>
          <Input autoComplete="organization" maxLength={60} />
        </Form.Item>
      )}
      <Button type="primary" htmlType="submit" loading={busy}>
        {t("signup.submit")}
      </Button>
    </Form>
  );
}

export function SignupPage() {
  const { t } = useTranslation();
  useTitle(t("signup.title"));
  const [params] = useSearchParams();
  const navigate = useNavigate();
  return (
    <Welcome
      title={t("signup.title")}
      about={t("signup.about")}
      foot={
        <>
          {t("signup.hasAccount")} <Link to={`/login?${params}`}>{t("signup.signIn")}</Link>
        </>
      }
    >
      <SignupForm done={async () => void (await navigate(safeNext(params.get("next")), { replace: true }))} />
    </Welcome>
  );
}
