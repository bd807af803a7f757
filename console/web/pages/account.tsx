import { useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { LogOut, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { client, identity } from "../api/client.ts";
import { adoptSession, sessionKey, signOut, useSession } from "../api/session.ts";
import { ask } from "../components/ask.ts";
import { LeaveGuard } from "../components/leave-guard.tsx";
import { LanguageButton, ThemePicker } from "../components/person-menu.tsx";
import { useSavedForm } from "../components/saved-form.tsx";
import { type Team, useTeamOrNull } from "../components/team.ts";
import { FormDialog } from "../forms/form-dialog.tsx";
import { useSubmit } from "../forms/submit.ts";
import { PageHead, Section } from "../ui/page.tsx";
import { Empty, ErrorPanel, useErrorWords } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import { useUrlState } from "../ui/url-state.ts";
import { passwordMin } from "./signup.tsx";

function NameForm({ name, email }: { readonly name: string; readonly email: string }) {
  const { t } = useTranslation();
  const { form, edit, props } = useSavedForm({ name, email });
  const { busy, error, submit } = useSubmit<{ name: string }>(form, async (typed) => {
    const body = { name: typed.name.trim() };
    edit.set({ ...body, email });
    adoptSession(await client.userUpdate({ body }));
    toast(t("plan.saved"));
  });
  return (
    <Form {...props} onFinish={({ name: next }) => void submit({ name: next })}>
      <LeaveGuard dirty={edit.isEdited && !busy} />
      {error !== null && <ErrorPanel error={error} compact />}
      <Form.Item name="email" label={t("field.email")}>
        <Input readOnly variant="filled" />
      </Form.Item>
      <Form.Item name="name" label={t("field.name")} rules={[{ required: true, whitespace: true, message: t("field.required") }]}>
        <Input maxLength={80} autoComplete="name" />
      </Form.Item>
      <Button htmlType="submit" loading={busy}>
        {t("action.save")}
      </Button>
    </Form>
  );
}

interface PasswordValues {
  readonly currentPassword: string;
  readonly password: string;
}

function PasswordForm() {
  const { t } = useTranslation();
  const [form] = Form.useForm<PasswordValues>();
  const { busy, error, submit } = useSubmit<PasswordValues>(form, async (body) => {
    adoptSession(await client.userUpdate({ body }));
    form.resetFields();
    toast(t("account.passwordChanged"));
  });
  const required = { required: true, message: t("field.required") };
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => void submit(values)}>
      {error !== null && <ErrorPanel error={error} compact />}
      <Form.Item name="currentPassword" label={t("account.currentPassword")} rules={[required]}>
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      <Form.Item
        name="password"
        label={t("account.newPassword")}
        extra={t("field.passwordHint", { min: passwordMin })}
        rules={[required, { min: passwordMin, message: t("field.passwordShort", { min: passwordMin }) }]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Button htmlType="submit" loading={busy}>
        {t("account.changePassword")}
      </Button>
    </Form>
  );
}

function CreateTeam({ close }: { readonly close: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [form] = Form.useForm<{ name: string }>();
  const sent = useSubmit<{ name: string }>(form, async (body) => {
    const team = await client.tenantCreate({ body });
    await cache.refetchQueries({ queryKey: sessionKey });
    // Going back does not open the dialog again.
    await navigate(`/t/${team.id}`, { replace: true });
  });
  return (
    <FormDialog title={t("team.create")} ok={t("action.create")} close={close} form={form} initial={{}} sent={sent}>
      <Form.Item name="name" label={t("field.team")} rules={[{ required: true, whitespace: true, message: t("field.required") }]}>
        <Input autoFocus maxLength={60} autoComplete="off" />
      </Form.Item>
    </FormDialog>
  );
}

function Teams({ teams }: { readonly teams: readonly Team[] }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const words = useErrorWords();
  const current = useTeamOrNull();
  const leave = async (team: Team) => {
    if (
      !(await ask({
        title: t("account.leaveAsk", { name: team.name }),
        about: t("account.leaveAbout"),
        ok: t("account.leave"),
        cancel: t("action.cancel"),
      }))
    )
      return;
    identity.team = team.id;
    await client.teamLeave().catch((error: unknown) => toast(`${words(error).title} ${words(error).next}`, { level: "error" }));
    identity.team = current?.id;
    await cache.refetchQueries({ queryKey: sessionKey });
  };
  if (teams.length === 0) return <Empty title={t("account.noTeam")}>{t("account.noTeamAbout")}</Empty>;
  return (
    <ul className="team-list">
      {teams.map((team) => (
        <li key={team.id}>
          <Link to={`/t/${team.id}`} className="grow clip">
            {team.name}
          </Link>
          <span className="muted">{t(`role.${team.role}`)}</span>
          <Button size="small" onClick={() => void leave(team)}>
            {t("account.leave")}
          </Button>
        </li>
      ))}
    </ul>
  );
}

export function AccountPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const session = useSession().data;
  const [create, setCreate] = useUrlState("create", "");
  if (!session) return null;
  const out = async () => {
    await signOut();
    await navigate("/login");
  };
  return (
    <div className="page page-narrow">
      <PageHead
        title={t("nav.account")}
        actions={
          <Button icon={<LogOut size={14} aria-hidden />} onClick={() => void out()}>
            {t("nav.signOut")}
          </Button>
        }
      />
      <Section title={t("account.you")}>
        <NameForm name={session.user.name} email={session.user.email} />
      </Section>
      <Section
        title={t("account.teams")}
        flush
        actions={
          <Button size="small" icon={<Plus size={14} aria-hidden />} onClick={() => setCreate("team")}>
            {t("team.create")}
          </Button>
        }
      >
        <Teams teams={session.teams} />
      </Section>
      <Section title={t("account.look")}>
        <div className="row row-wrap">
          <ThemePicker />
          <LanguageButton />
        </div>
      </Section>
      <Section title={t("field.password")}>
        <PasswordForm />
      </Section>
      {create === "team" && <CreateTeam close={() => setCreate("")} />}
    </div>
  );
}
