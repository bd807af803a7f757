import { Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { volumesOf } from "../../../../shared/domain/movement.ts";
import { client } from "../../api/client.ts";
import { adoptApplication } from "../../api/queries.ts";
import { Conflicts, useConflictReason } from "../../components/conflicts.tsx";
import { LeaveGuard } from "../../components/leave-guard.tsx";
import { useRoleReason } from "../../components/role-reason.ts";
import { useSavedForm } from "../../components/saved-form.tsx";
import { useTeam } from "../../components/team.ts";
import { useSubmit } from "../../forms/submit.ts";
import { Section } from "../../ui/page.tsx";
import { ReasonButton } from "../../ui/reason-button.tsx";
import { ErrorPanel } from "../../ui/states.tsx";
import { toast } from "../../ui/toast.tsx";
import { useApplicationContext } from "./layout.tsx";
import { Dialog } from "../../ui/dialog.tsx";

interface Values {
  readonly name: string;
  readonly description: string;
}

function RemoveDialog({ close }: { readonly close: () => void }) {
  const { t } = useTranslation();
  const team = useTeam();
  const navigate = useNavigate();
  const { application, components } = useApplicationContext();
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const remove = async () => {
    if (typed !== application.name || busy) return;
    setBusy(true);
    try {
      adoptApplication(team.id, await client.applicationRemove({ params: { application: application.id } }));
      toast(t("application.removeStarted", { name: application.name }));
      await navigate(`/t/${team.id}`);
    } catch (thrown) {
      setError(thrown);
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t("application.remove")}
      onCancel={close}
      okText={t("action.remove")}
      okButtonProps={{ danger: true, disabled: typed !== application.name, loading: busy }}
      cancelText={t("action.cancel")}
      onOk={() => void remove()}
    >
      {error !== null && <ErrorPanel error={error} compact />}
      <p>{t("application.removeLoses", { count: components.length })}</p>
      <ul className="loses mono">
        {components.map((c) => (
          <li key={c.id}>
            {c.name}{" "}
            {volumesOf(c.configuration).length > 0 &&
              t("application.losesData", { volumes: volumesOf(c.configuration).join(", ") })}
          </li>
        ))}
      </ul>
      <label className="confirm-name" htmlFor="confirm-name">
        <span>{t("plan.typeName", { name: application.name })}</span>
        <Input
          id="confirm-name"
          value={typed}
          className="mono"
          autoComplete="off"
          spellCheck={false}
          onChange={(e) => setTyped(e.target.value)}
          onPressEnter={() => void remove()}
        />
      </label>
    </Dialog>
  );
}

export function ApplicationSettingsTab() {
  const { t } = useTranslation();
  const team = useTeam();
  const reason = useRoleReason("developer");
  const { application } = useApplicationContext();
  const [removing, setRemoving] = useState(false);
  const { form, edit, props } = useSavedForm<Values>({ name: application.name, description: application.description });
  const fields = { name: { label: t("settings.name") }, description: { label: t("application.description") } };
  const conflict = useConflictReason(edit, fields);
  const { busy, error, submit } = useSubmit<Values>(form, async (body) => {
    adoptApplication(team.id, await client.applicationUpdate({ params: { application: application.id }, body }));
    toast(t("plan.saved"));
  });
  return (
    <div className="settings">
      <LeaveGuard dirty={edit.isEdited} />
      <Section title={t("settings.general")}>
        <Conflicts edit={edit} fields={fields} />
        <Form {...props} onFinish={(values) => void submit(values)} disabled={Boolean(reason)}>
          {error !== null && <ErrorPanel error={error} compact />}
          <Form.Item
            name="name"
            label={t("settings.name")}
            rules={[
              { required: true, message: t("field.required") },
              { pattern: /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/, message: t("field.badName") },
            ]}
          >
            <Input className="mono" spellCheck={false} />
          </Form.Item>
          <Form.Item name="description" label={t("application.description")}>
            <Input.TextArea rows={2} maxLength={500} />
          </Form.Item>
          <ReasonButton
            type="primary"
            htmlType="submit"
            loading={busy}
            reason={reason ?? conflict ?? (edit.isEdited ? null : t("edit.nothing"))}
          >
            {t("action.save")}
          </ReasonButton>
        </Form>
      </Section>
      <div className="danger-zone">
        <Section title={t("settings.danger")}>
          <div className="danger-row">
            <div>
              <strong>{t("application.remove")}</strong>
              <p className="muted">{t("application.removeAbout")}</p>
            </div>
            <ReasonButton
              danger
              reason={reason ?? (application.removing ? t("application.removing") : null)}
              onClick={() => setRemoving(true)}
            >
              {t("action.remove")}
            </ReasonButton>
          </div>
        </Section>
      </div>
      {removing && <RemoveDialog close={() => setRemoving(false)} />}
    </div>
  );
}
