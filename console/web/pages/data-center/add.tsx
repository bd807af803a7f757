import { useQueryClient } from "@tanstack/react-query";
import { Form, Input, Modal } from "antd";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { client } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import { useRoleReason } from "../../components/role-reason.ts";
import { useTeam } from "../../components/team.ts";
import { useSubmit } from "../../forms/submit.ts";
import { ReasonButton } from "../../ui/reason-button.tsx";
import { ErrorPanel } from "../../ui/states.tsx";
import { keepCommand } from "./join.tsx";

interface Values {
  readonly name: string;
}

/** Names a data center; its page then has the command. */
export function AddDataCenter() {
  const { t } = useTranslation();
  const team = useTeam();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const reason = useRoleReason("owner");
  const [open, setOpen] = useState(false);
  const [form] = Form.useForm<Values>();
  const { busy, error, submit } = useSubmit<Values>(form, async ({ name }) => {
    const { dataCenter, join } = await client.dataCenterCreate({ body: { name } });
    keepCommand(dataCenter.id, join);
    await cache.invalidateQueries({ queryKey: queries.dataCenters(team.id).queryKey });
    await navigate(`/data-centers/${dataCenter.id}`);
  });
  return (
    <>
      <ReasonButton type="primary" icon={<Plus size={16} aria-hidden />} reason={reason} onClick={() => setOpen(true)}>
        {t("dataCenter.add")}
      </ReasonButton>
      <Modal
        open={open}
        title={t("dataCenter.add")}
        onCancel={() => setOpen(false)}
        onOk={() => form.submit()}
        okText={t("action.create")}
        cancelText={t("action.cancel")}
        confirmLoading={busy}
        destroyOnHidden
      >
        <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => void submit(values)}>
          <p className="muted">{t("dataCenter.addAbout")}</p>
          {error !== null && <ErrorPanel error={error} compact />}
          <Form.Item
            name="name"
            label={t("dataCenter.addName")}
            extra={t("dataCenter.addNameAbout")}
            rules={[{ required: true, whitespace: true, message: t("field.required") }]}
          >
            <Input autoFocus maxLength={40} autoComplete="off" spellCheck={false} />
          </Form.Item>
        </Form>
      </Modal>
    </>
  );
}
