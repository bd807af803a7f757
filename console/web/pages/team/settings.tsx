import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { client } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import { sessionKey } from "../../api/session.ts";
import { ask } from "../../components/ask.ts";
import { Conflicts, useConflictReason } from "../../components/conflicts.tsx";
import { LeaveGuard } from "../../components/leave-guard.tsx";
import { useRoleReason } from "../../components/role-reason.ts";
import { useSavedForm } from "../../components/saved-form.tsx";
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
  const { form, edit, props } = useSavedForm<Values>({ name: team.name });
  const fields = { name: { label: t("team.name") } };
  const conflict = useConflictReason(edit, fields);
  const { busy, error, submit } = useSubmit<Values>(form, async (values) => {
    const body = { name: values.name.trim() };
    // As it will be saved: or with a space at its end it seems that somebody else has changed it too.
    edit.set(body);
    await client.tenantUpdate({ body });
    await cache.refetchQueries({ queryKey: sessionKey });
    toast(t("team.renamed"));
  });
  const dirty = edit.value.name.trim() !== team.name;
  return (
    <Section title={t("team.name")}>
      <LeaveGuard dirty={dirty && !busy} />
      <Conflicts edit={edit} fields={fields} />
      {error !== null && <ErrorPanel error={error} compact />}
      <Form {...props} disabled={reason !== null} onFinish={(values) => void submit(values)}>
        <Form.Item
          name="name"
          label={t("team.name")}
          rules={[{ required: true, whitespace: true, message: t("field.required") }]}
        >
          <Input maxLength={60} autoComplete="off" />
        </Form.Item>
        <ReasonButton
          type="primary"
          htmlType="submit"
          reason={reason ?? conflict ?? (dirty ? null : t("edit.nothing"))}
          loading={busy}
        >
          {t("team.rename")}
        </ReasonButton>
      </Form>
    </Section>
  );
}

/** Whether data centers run what the platform did not build. */
function Demand() {
  const { t } = useTranslation();
  const team = useTeam();
  const cache = useQueryClient();
  const reason = useRoleReason("owner");
  const known = useQuery(queries.team(team.id));
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const set = async (requiresProvenance: boolean) => {
    setBusy(true);
    setError(null);
    try {
      cache.setQueryData(queries.team(team.id).queryKey, await client.tenantUpdate({ body: { requiresProvenance } }));
    } catch (thrown) {
      setError(thrown);
    }
    setBusy(false);
  };
  const failure = error ?? (known.data ? null : known.error);
  return (
    <Section title={t("team.provenance")} about={t("team.provenanceAbout")}>
      {failure !== null && <ErrorPanel error={failure} compact />}
      {/* biome-ignore lint/a11y/noLabelWithoutControl: the switch is inside */}
      <label className="row">
        <Switch
          aria-label={t("team.provenanceDemand")}
          checked={known.data?.requiresProvenance ?? false}
          disabled={reason !== null || !known.data}
          loading={busy}
          onChange={(on) => void set(on)}
        />
        <span>{t("team.provenanceDemand")}</span>
      </label>
      {reason && <p className="muted small form-after">{reason}</p>}
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
      <Demand />
      <Leave />
    </div>
  );
}
