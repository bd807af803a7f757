import { Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { DataCenter, DataCenterNode } from "../../../../shared/contract/data-center.ts";
import type { Operation } from "../../../../shared/contract/operation.ts";
import { objectionToNodeChanges } from "../../../../shared/domain/node-change.ts";
import { client } from "../../api/client.ts";
import { adoptOperation } from "../../api/live.ts";
import { ask } from "../../components/ask.ts";
import { useRoleReason } from "../../components/role-reason.ts";
import { useTeam } from "../../components/team.ts";
import { FormDialog } from "../../forms/form-dialog.tsx";
import { editOf, type NodeText, textOf } from "../../forms/node-edit.ts";
import { useSubmit } from "../../forms/submit.ts";
import { useTold } from "../../i18n/platform-words.ts";
import { ReasonButton } from "../../ui/reason-button.tsx";
import { ErrorPanel } from "../../ui/states.tsx";

interface Of {
  readonly dataCenter: DataCenter;
  readonly node: DataCenterNode;
}
const paramsOf = ({ dataCenter, node }: Of) => ({ dataCenter: dataCenter.id, node: node.name });

function EditDialog({ dataCenter, node, close }: Of & { readonly close: () => void }) {
  const { t } = useTranslation();
  const team = useTeam();
  const [form] = Form.useForm<NodeText>();
  // What the text was made of: others may change the node while it is open.
  const [seen] = useState(node);
  const sent = useSubmit<NodeText>(form, async (text) => {
    const body = editOf(seen, text);
    if ("badLine" in body) return form.setFields([{ name: body.field, errors: [t("node.do.badLine", { line: body.badLine })] }]);
    adoptOperation(team.id, await client.nodeUpdate({ params: paramsOf({ dataCenter, node }), body }));
    close();
  });
  const title = `${t("node.do.edit")} · ${node.name}`;
  return (
    <FormDialog title={title} ok={t("node.do.save")} close={close} form={form} initial={textOf(seen)} sent={sent}>
      <Form.Item name="labels" label={t("node.labels")} extra={t("node.do.labelsAbout")}>
        <Input.TextArea className="mono" autoSize={{ minRows: 3, maxRows: 12 }} spellCheck={false} />
      </Form.Item>
      <Form.Item name="taints" label={t("node.taints")} extra={t("node.do.taintsAbout")}>
        <Input.TextArea className="mono" autoSize={{ minRows: 2, maxRows: 12 }} spellCheck={false} />
      </Form.Item>
    </FormDialog>
  );
}

/** Everything an owner may do with a node. `busy`: something is being done with it. */
export function NodeActions({ dataCenter, node, busy }: Of & { readonly busy: boolean }) {
  const { t } = useTranslation();
  const team = useTeam();
  const told = useTold();
  const role = useRoleReason("owner");
  const [isEditing, setEditing] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const objection = objectionToNodeChanges(dataCenter);
  const offered = dataCenter.tenant === null ? t("dataCenter.do.platform") : null;
  const always = offered ?? role ?? (objection && told(objection).message);
  const reason = always ?? (busy ? t("node.do.busy") : null);
  const params = paramsOf({ dataCenter, node });
  const begin = async (asking: Promise<Operation>) => {
    setError(null);
    await asking.then((operation) => adoptOperation(team.id, operation), setError);
  };
  const drain = async () => {
    const question = {
      title: `${t("node.do.drain")} · ${node.name}`,
      about: t("node.do.drainAbout", { count: node.instances }),
      ok: t("node.do.drain"),
      cancel: t("action.cancel"),
    };
    if (await ask(question)) await begin(client.nodeDrain({ params }));
  };
  return (
    <div className="stack">
      {error !== null && <ErrorPanel error={error} compact />}
      <div className="row row-wrap">
        {node.cordoned ? (
          <ReasonButton reason={always} onClick={() => void begin(client.nodeUncordon({ params }))}>
            {t("node.do.uncordon")}
          </ReasonButton>
        ) : (
          <ReasonButton reason={reason} onClick={() => void begin(client.nodeCordon({ params }))}>
            {t("node.do.cordon")}
          </ReasonButton>
        )}
        <ReasonButton reason={reason} onClick={() => void drain()}>
          {t("node.do.drain")}
        </ReasonButton>
        <ReasonButton reason={reason} onClick={() => setEditing(true)}>
          {t("node.do.edit")}
        </ReasonButton>
      </div>
      {isEditing && <EditDialog dataCenter={dataCenter} node={node} close={() => setEditing(false)} />}
    </div>
  );
}
