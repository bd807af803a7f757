import { Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import type { Session } from "../../../shared/contract/identity.ts";
import { client } from "../api/client.ts";
import { queryClient } from "../api/query-client.ts";
import { adoptSession } from "../api/session.ts";
import { signedOut } from "../api/signed-out.ts";
import { EmailField } from "../forms/email-field.tsx";
import { FormDialog } from "../forms/form-dialog.tsx";
import { useSubmit } from "../forms/submit.ts";

interface Values {
  readonly email: string;
  readonly password: string;
}

/** Over the page whose session has ended: it stays as it is, with all that was typed. */
export function SignInAgain({ user }: { readonly user: Session["user"] }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const sent = useSubmit<Values>(form, async (body) => {
    adoptSession(await client.sessionCreate({ body }));
    void queryClient.invalidateQueries();
  });
  return (
    <FormDialog
      title={t("signedOut.title")}
      ok={t("login.submit")}
      close={signedOut.putOff}
      form={form}
      initial={{ email: user.email }}
      sent={sent}
    >
      <p className="muted">{t("signedOut.about")}</p>
      <EmailField autoComplete="username" readOnly />
      <Form.Item name="password" label={t("field.password")} rules={[{ required: true, message: t("field.required") }]}>
        <Input.Password autoComplete="current-password" autoFocus />
      </Form.Item>
    </FormDialog>
  );
}
