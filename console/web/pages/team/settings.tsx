import { useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { client } from "../../api/client.ts";
import { sessionKey } from "../../api/session.ts";
import { ask } from "../../components/ask.ts";
import { LeaveGuard } from "../../components/leave-guard.tsx";
import { useRoleReason } from "../../components/role-reason.ts";
import { useTeam } from "../../components/team.ts";
import { useSubmit } from "../../forms/submit.ts";
import { PageHead, Section } from "../../ui/page.tsx";
import { ReasonButton } from "../../ui/reason-button.tsx";
import { ErrorPanel } from "../../ui/states.tsx";
import { toast } from "../../ui/toast.tsx";

interface Values {
  readonly name: string;
}

function Rename() {
  const { t } = useTranslation();
  const team = useTeam();
  const cache = useQueryClient();
  const reason = useRoleReason("owner");
  const [form] = Form.useForm<Values>();
  const name = Form.useWatch("name", form) ?? team.name;
  const { busy, error, submit } = useSubmit<Values>(form, async (body) => {
    await client.tenantUpdate({ body });
    await cache.refetchQueries({ queryKey: sessionKey });
    toast(t("team.renamed"));
  });
  const dirty = name.trim() !== team.name;
  return (
    <Section title={t("team.name")}>
      <LeaveGuard dirty={dirty && !busy} />
      {error !== null && <ErrorPanel error={error} compact />}
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ name: team.name }}
        disabled={reason !== null}
        onFinish={(values) => void submit(values)}
      >
        <Form.Item
          name="name"
          label={t("team.name")}
          rules={[{ required: true, whitespace: true, message: t("field.required") }]}
        >
          <Input maxLength={60} autoComplete="off" />
        </Form.Item>
        <ReasonButton type="primary" htmlType="submit" reason={reason ?? (dirty ? null : t("edit.nothing"))} loading={busy}>
          {t("team.rename")}
        </ReasonButton>
      </Form>
    </Section>
  );
}

function Leave() {
  const { t } = useTranslation();
  const team = useTeam();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>(null);
  const leave = async () => {
    const sure = await ask({
      title: t("account.leaveAsk", { name: team.name }),
      about: t("account.leaveAbout"),
      ok: t("account.leave"),
      cancel: t("action.cancel"),
    });
    if (!sure) return;
    try {
      await client.teamLeave();
    } catch (thrown) {
      return setError(thrown);
    }
    await navigate("/account");
    await cache.refetchQueries({ queryKey: sessionKey });
  };
  return (
    <Section title={t("team.leave")} about={t("account.leaveAbout")}>
      {error !== null && <ErrorPanel error={error} compact />}
      <Button danger onClick={() => void leave()}>
        {t("team.leave")}
      </Button>
    </Section>
  );
}

export function TeamSettingsPage() {
  const { t } = useTranslation();
  const team = useTeam();
  return (
    <div className="page page-narrow">
      <PageHead title={t("nav.teamSettings")} about={team.name} />
      <Rename />
      <Leave />
    </div>
  );
}
