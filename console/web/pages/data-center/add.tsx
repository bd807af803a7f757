import { useQueryClient } from "@tanstack/react-query";
import { Form, Input } from "antd";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { client } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import { useRoleReason } from "../../components/role-reason.ts";
import { useTeam } from "../../components/team.ts";
import { FormDialog } from "../../forms/form-dialog.tsx";
import { useSubmit } from "../../forms/submit.ts";
import { ReasonButton } from "../../ui/reason-button.tsx";
import { keepCommand } from "./join.tsx";

interface Values {
  readonly name: string;
}

function AddDialog({ close }: { readonly close: () => void }) {
  const { t } = useTranslation();
  const team = useTeam();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [form] = Form.useForm<Values>();
  const sent = useSubmit<Values>(form, async ({ name }) => {
    const { dataCenter, join } = await client.dataCenterCreate({ body: { name } });
    keepCommand(dataCenter.id, join);
    await cache.invalidateQueries({ queryKey: queries.dataCenters(team.id).queryKey });
    await navigate(`/data-centers/${dataCenter.id}`);
  });
  return (
    <FormDialog title={t("dataCenter.add")} ok={t("action.create")} close={close} form={form} initial={{}} sent={sent}>
      <p className="muted dialog-words">{t("dataCenter.addAbout")}</p>
      <Form.Item
        name="name"
        label={t("dataCenter.addName")}
        extra={t("dataCenter.addNameAbout")}
        rules={[{ required: true, whitespace: true, message: t("field.required") }]}
      >
        <Input autoFocus maxLength={40} autoComplete="off" spellCheck={false} />
      </Form.Item>
    </FormDialog>
  );
}

/** Names a data center; its page then has the command. */
export function AddDataCenter() {
  const { t } = useTranslation();
  const reason = useRoleReason("owner");
  const [open, setOpen] = useState(false);
  return (
    <>
      <ReasonButton type="primary" icon={<Plus size={16} aria-hidden />} reason={reason} onClick={() => setOpen(true)}>
        {t("dataCenter.add")}
      </ReasonButton>
      {open && <AddDialog close={() => setOpen(false)} />}
    </>
  );
}
