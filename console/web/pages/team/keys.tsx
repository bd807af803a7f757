import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Form, Input, Select } from "antd";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ApplicationId } from "../../../../shared/contract/id.ts";
import type { ApiKey, Role } from "../../../../shared/contract/identity.ts";
import { client } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import { ask } from "../../components/ask.ts";
import { useApplications } from "../../components/lookup.ts";
import { useRoleReason } from "../../components/role-reason.ts";
import { roleHas, useTeam } from "../../components/team.ts";
import { FormDialog } from "../../forms/form-dialog.tsx";
import { useSubmit } from "../../forms/submit.ts";
import { CommandLine } from "../../ui/command-line.tsx";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { PageHead, Section } from "../../ui/page.tsx";
import { ReasonButton } from "../../ui/reason-button.tsx";
import { Empty, ErrorPanel, Note, Skeleton, useErrorWords } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { useClearing } from "../../ui/clearing.tsx";

interface Values {
  readonly name: string;
  readonly role: Role;
  readonly applications?: ApplicationId[];
  readonly expiresInDays: number;
}
const roles: readonly Role[] = ["owner", "developer", "viewer"];
const lifetimes = [7, 30, 90, 365, 0] as const;

function Secret({ secret, close }: { readonly secret: string; readonly close: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog
      title={t("keys.created")}
      onCancel={close}
      onOk={close}
      okText={t("keys.copied")}
      footer={(_, { OkBtn }) => <OkBtn />}
      // It cannot be had again: nothing closes it by the way.
      closable={false}
      keyboard={false}
    >
      <Note level="warning" title={t("keys.once")} />
      <CommandLine text={secret} />
      <p className="muted small dialog-after">{t("keys.use")}</p>
      <CommandLine text={`export PLUVIA_URL=${window.location.origin}\nexport PLUVIA_API_KEY=${secret}`} />
    </Dialog>
  );
}

function CreateDialog({ close, created }: { readonly close: () => void; readonly created: (secret: string) => void }) {
  const { t } = useTranslation();
  const clearing = useClearing();
  const team = useTeam();
  const cache = useQueryClient();
  const applications = useApplications().data ?? [];
  const [form] = Form.useForm<Values>();
  const sent = useSubmit<Values>(form, async ({ name, role, applications: chosen, expiresInDays }) => {
    const body = { name, role, applications: chosen?.length ? chosen : null, expiresInDays: expiresInDays || null };
    const { secret } = await client.keyCreate({ body });
    await cache.invalidateQueries({ queryKey: queries.keys(team.id).queryKey });
    created(secret);
  });
  return (
    <FormDialog
      title={t("keys.create")}
      ok={t("action.create")}
      close={close}
      form={form}
      initial={{ role: "developer", expiresInDays: 90 }}
      sent={sent}
    >
      <Form.Item
        name="name"
        label={t("keys.name")}
        extra={t("keys.nameAbout")}
        rules={[{ required: true, whitespace: true, message: t("field.required") }]}
      >
        <Input autoFocus maxLength={60} autoComplete="off" />
      </Form.Item>
      <Form.Item name="role" label={t("members.role")}>
        <Select
          options={roles
            .filter((role) => roleHas(team.role, role))
            .map((value) => ({ value, label: `${t(`role.${value}`)} – ${t(`role.about.${value}`)}` }))}
        />
      </Form.Item>
      <Form.Item name="applications" label={t("keys.scope")}>
        <Select
          mode="multiple"
          allowClear={clearing}
          placeholder={t("keys.everyApplication")}
          options={applications.map((a) => ({ value: a.id, label: a.name }))}
          showSearch={{ optionFilterProp: "label" }}
        />
      </Form.Item>
      <Form.Item name="expiresInDays" label={t("keys.expires")}>
        <Select
          options={lifetimes.map((value) => ({ value, label: value ? t("keys.days", { count: value }) : t("keys.never") }))}
        />
      </Form.Item>
    </FormDialog>
  );
}

function Scope({ apiKey }: { readonly apiKey: ApiKey }) {
  const { t } = useTranslation();
  const applications = useApplications().data ?? [];
  if (!apiKey.applications) return <span className="muted">{t("keys.everyApplication")}</span>;
  return apiKey.applications.map((id) => applications.find((a) => a.id === id)?.name ?? t("component.removed")).join(", ");
}

type State = "revoked" | "expired" | "left" | "active";

/** A key may never do more than its maker may at the moment. */
function RoleOf({ apiKey: { role, createdBy } }: { readonly apiKey: ApiKey }) {
  const { t } = useTranslation();
  const maker = useMembers()?.find(({ user }) => user === createdBy);
  if (!maker || roleHas(maker.role, role)) return t(`role.${role}`);
  return (
    <>
      {t(`role.${maker.role}`)} <span className="muted">{t("keys.madeAs", { role: t(`role.${role}`) })}</span>
    </>
  );
}

const useMembers = () => useQuery(queries.members(useTeam().id)).data;

/** Keys of a person who has left stay without rights, also when the person comes back. */
function useStateOf(): (key: ApiKey) => State {
  const members = useMembers();
  return (key) => {
    if (key.revokedAt) return "revoked";
    if (key.expiresAt && Date.parse(key.expiresAt) < Date.now()) return "expired";
    const isIn = !members || members.some(({ user, joinedAt }) => user === key.createdBy && joinedAt <= key.createdAt);
    return isIn ? "active" : "left";
  };
}

function useColumns(reason: string | null): readonly Column<ApiKey>[] {
  const { t } = useTranslation();
  const team = useTeam();
  const cache = useQueryClient();
  const words = useErrorWords();
  const stateOf = useStateOf();
  const revoke = async (key: ApiKey) => {
    if (
      !(await ask({
        title: t("keys.revokeAsk", { name: key.name }),
        about: t("keys.revokeAbout"),
        ok: t("action.revoke"),
        cancel: t("action.cancel"),
      }))
    )
      return;
    await client.keyRemove({ params: { key: key.id } }).catch((error: unknown) => toast(words(error).title, { level: "error" }));
    await cache.invalidateQueries({ queryKey: queries.keys(team.id).queryKey });
  };
  return [
    { key: "name", title: t("keys.name"), sort: (k) => k.name, cell: (k) => k.name },
    { key: "hint", title: t("keys.hint"), cell: (k) => <code>{k.hint}</code>, wideOnly: true },
    {
      key: "state",
      title: t("table.state"),
      sort: stateOf,
      cell: (k) => <span className={stateOf(k) === "active" ? "ink-green" : "muted"}>{t(`keys.state.${stateOf(k)}`)}</span>,
    },
    { key: "role", title: t("members.role"), sort: (k) => k.role, cell: (k) => <RoleOf apiKey={k} /> },
    { key: "scope", title: t("keys.scope"), cell: (k) => <Scope apiKey={k} /> },
    {
      key: "used",
      title: t("keys.lastUsed"),
      sort: (k) => k.lastUsedAt ?? "",
      cell: (k) => (k.lastUsedAt ? <Ago at={k.lastUsedAt} /> : <span className="muted">{t("keys.neverUsed")}</span>),
    },
    {
      key: "expires",
      title: t("keys.expires"),
      sort: (k) => k.expiresAt ?? "9",
      cell: (k) => (k.expiresAt ? <Ago at={k.expiresAt} /> : <span className="muted">{t("keys.never")}</span>),
    },
    {
      key: "actions",
      title: "",
      cell: (k) => (
        <span className="row row-end">
          <ReasonButton size="small" reason={reason ?? (k.revokedAt ? t("keys.isRevoked") : null)} onClick={() => void revoke(k)}>
            {t("action.revoke")}
          </ReasonButton>
        </span>
      ),
    },
  ];
}

export function KeysPage() {
  const { t } = useTranslation();
  const team = useTeam();
  const reason = useRoleReason("developer");
  const [creating, setCreating] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const columns = useColumns(reason);
  const list = useQuery({ ...queries.keys(team.id), enabled: !reason });
  const button = (
    <ReasonButton type="primary" icon={<Plus size={16} aria-hidden />} reason={reason} onClick={() => setCreating(true)}>
      {t("keys.create")}
    </ReasonButton>
  );
  // Where there is none it is in the page; nobody must have pressed it in another place before that is known.
  const isInPage = list.data ? list.data.length === 0 : list.isPending && !reason;
  return (
    <div className="page">
      <PageHead title={t("nav.keys")} about={t("keys.about")} actions={isInPage ? undefined : button} />
      {reason && <Note level="info" title={reason} />}
      {list.isLoadingError && <ErrorPanel error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && !reason && <Skeleton rows={3} height={48} />}
      {list.data && (
        <Section flush>
          {list.data.length === 0 ? (
            <Empty icon={<KeyRound size={24} aria-hidden />} title={t("keys.none")} action={button}>
              {t("keys.noneAbout")}
            </Empty>
          ) : (
            <DataTable
              name="keys"
              label={t("nav.keys")}
              rows={list.data}
              rowKey={(k) => k.id}
              columns={columns}
              filterText={(k) => `${k.name} ${k.hint} ${k.role}`}
              empty=""
            />
          )}
        </Section>
      )}
      {creating && (
        <CreateDialog
          close={() => setCreating(false)}
          created={(made) => {
            setCreating(false);
            setSecret(made);
          }}
        />
      )}
      {secret && <Secret secret={secret} close={() => setSecret(null)} />}
    </div>
  );
}
