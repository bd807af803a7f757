import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Form, Select } from "antd";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Invitation, Member, Role } from "../../../../shared/contract/identity.ts";
import { client } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import { useSession } from "../../api/session.ts";
import { ask } from "../../components/ask.ts";
import { useRoleReason } from "../../components/role-reason.ts";
import { useTeam } from "../../components/team.ts";
import { EmailField } from "../../forms/email-field.tsx";
import { FormDialog } from "../../forms/form-dialog.tsx";
import { useSubmit } from "../../forms/submit.ts";
import { CommandLine } from "../../ui/command-line.tsx";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { PageHead, Section } from "../../ui/page.tsx";
import { ReasonButton } from "../../ui/reason-button.tsx";
import { ErrorPanel, Note, Skeleton, useErrorWords } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import { Dialog } from "../../ui/dialog.tsx";

const roles: readonly Role[] = ["owner", "developer", "viewer"];
interface Values {
  readonly email: string;
  readonly role: Role;
}

function InviteDialog({ close }: { readonly close: () => void }) {
  const { t } = useTranslation();
  const team = useTeam();
  const cache = useQueryClient();
  const [form] = Form.useForm<Values>();
  const [link, setLink] = useState<string | null>(null);
  const sent = useSubmit<Values>(form, async (body) => {
    const { token } = await client.invitationCreate({ body });
    await cache.invalidateQueries({ queryKey: queries.invitations(team.id).queryKey });
    setLink(`${window.location.origin}/invite/${token}`);
  });
  if (link)
    return (
      <Dialog
        title={t("members.invited")}
        onCancel={close}
        onOk={close}
        okText={t("action.close")}
        footer={(_, { OkBtn }) => <OkBtn />}
      >
        <p className="dialog-words">{t("members.sendLink")}</p>
        <CommandLine text={link} />
      </Dialog>
    );
  return (
    <FormDialog
      title={t("members.invite")}
      ok={t("members.makeLink")}
      close={close}
      form={form}
      initial={{ role: "developer" }}
      sent={sent}
    >
      <EmailField autoFocus autoComplete="off" />
      <Form.Item name="role" label={t("members.role")}>
        <Select options={roles.map((value) => ({ value, label: `${t(`role.${value}`)} – ${t(`role.about.${value}`)}` }))} />
      </Form.Item>
    </FormDialog>
  );
}

/** Runs a change, refetches what it made stale, and says when it failed. */
function useDo() {
  const cache = useQueryClient();
  const words = useErrorWords();
  return async (work: () => Promise<unknown>, stale: readonly unknown[]) => {
    try {
      await work();
    } catch (error) {
      const { title, next } = words(error);
      toast(`${title} ${next}`, { level: "error" });
    }
    await cache.invalidateQueries({ queryKey: stale });
  };
}

function useMemberColumns(reason: string | null): readonly Column<Member>[] {
  const { t } = useTranslation();
  const team = useTeam();
  const me = useSession().data?.user.id;
  const run = useDo();
  const stale = queries.members(team.id).queryKey;
  const change = (member: Member, role: Role) =>
    run(async () => {
      await client.memberUpdate({ params: { user: member.user }, body: { role } });
      toast(t("members.changed", { name: member.name, role: t(`role.${role}`) }), {
        undo: { label: t("action.undo"), run: () => void change(member, member.role) },
      });
    }, stale);
  const remove = async (member: Member) => {
    if (
      await ask({
        title: t("members.removeAsk", { name: member.name }),
        about: t("members.removeAbout", { email: member.email }),
        ok: t("action.remove"),
        cancel: t("action.cancel"),
      })
    )
      await run(() => client.memberRemove({ params: { user: member.user } }), stale);
  };
  return [
    {
      key: "name",
      title: t("members.name"),
      sort: (m) => m.name,
      cell: (m) => (
        <span>
          {m.name}
          {m.user === me && <span className="tag tag-gap">{t("members.you")}</span>}
        </span>
      ),
    },
    { key: "email", title: t("field.email"), sort: (m) => m.email, cell: (m) => m.email },
    {
      key: "role",
      title: t("members.role"),
      sort: (m) => m.role,
      cell: (m) => (
        <Select
          size="small"
          variant="borderless"
          value={m.role}
          disabled={Boolean(reason) || m.user === me}
          aria-label={t("members.roleOf", { name: m.name })}
          popupMatchSelectWidth={false}
          onChange={(role) => void change(m, role)}
          options={roles.map((value) => ({ value, label: t(`role.${value}`) }))}
        />
      ),
    },
    { key: "joined", title: t("members.joined"), sort: (m) => m.joinedAt, cell: (m) => <Ago at={m.joinedAt} /> },
    {
      key: "actions",
      title: "",
      cell: (m) => (
        <span className="row row-end">
          <ReasonButton
            size="small"
            reason={reason ?? (m.user === me ? t("members.notYourself") : null)}
            onClick={() => void remove(m)}
          >
            {t("action.remove")}
          </ReasonButton>
        </span>
      ),
    },
  ];
}

function Invitations({ reason }: { readonly reason: string | null }) {
  const { t } = useTranslation();
  const team = useTeam();
  const run = useDo();
  const list = useQuery(queries.invitations(team.id));
  if (!list.data || list.data.length === 0) return null;
  const withdraw = async (invitation: Invitation) => {
    const sure = await ask({
      title: t("members.withdrawAsk", { email: invitation.email }),
      about: t("members.withdrawAbout"),
      ok: t("members.withdraw"),
      cancel: t("action.cancel"),
    });
    if (!sure) return;
    await run(() => client.invitationRemove({ params: { invitation: invitation.id } }), queries.invitations(team.id).queryKey);
  };
  const columns: readonly Column<Invitation>[] = [
    { key: "email", title: t("field.email"), cell: (i) => i.email, sort: (i) => i.email },
    { key: "role", title: t("members.role"), cell: (i) => <span className="nowrap">{t(`role.${i.role}`)}</span> },
    { key: "created", title: t("table.when"), cell: (i) => <Ago at={i.createdAt} />, sort: (i) => i.createdAt },
    { key: "expires", title: t("keys.expires"), cell: (i) => <Ago at={i.expiresAt} />, sort: (i) => i.expiresAt },
    {
      key: "actions",
      title: "",
      cell: (i) => (
        <span className="row row-end">
          <ReasonButton size="small" reason={reason} onClick={() => void withdraw(i)}>
            {t("members.withdraw")}
          </ReasonButton>
        </span>
      ),
    },
  ];
  return (
    <Section title={t("members.open")} flush>
      <DataTable name="invitations" label={t("members.open")} rows={list.data} rowKey={(i) => i.id} columns={columns} empty="" />
    </Section>
  );
}

export function MembersPage() {
  const { t } = useTranslation();
  const team = useTeam();
  const reason = useRoleReason("owner");
  const [inviting, setInviting] = useState(false);
  const columns = useMemberColumns(reason);
  const list = useQuery(queries.members(team.id));
  return (
    <div className="page">
      <PageHead
        title={t("nav.members")}
        about={t("members.about")}
        actions={
          <ReasonButton
            type="primary"
            icon={<UserPlus size={16} aria-hidden />}
            reason={reason}
            onClick={() => setInviting(true)}
          >
            {t("members.invite")}
          </ReasonButton>
        }
      />
      {list.isLoadingError && <ErrorPanel error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Skeleton rows={4} height={48} />}
      {list.data && (
        <Section flush>
          <DataTable
            name="members"
            label={t("nav.members")}
            rows={list.data}
            rowKey={(m) => m.user}
            columns={columns}
            filterText={(m) => `${m.name} ${m.email} ${t(`role.${m.role}`)}`}
            empty=""
          />
        </Section>
      )}
      <Invitations reason={reason} />
      {list.data?.length === 1 && (
        <Note level="info" title={t("members.alone")}>
          {t("members.aloneAbout")}
        </Note>
      )}
      {inviting && <InviteDialog close={() => setInviting(false)} />}
    </div>
  );
}
