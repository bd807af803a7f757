import { useQueryClient } from "@tanstack/react-query";
import { Checkbox, Form, Input, Select } from "antd";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { DataCenter } from "../../../../shared/contract/data-center.ts";
import { objectionToArriving } from "../../../../shared/domain/data-center.ts";
import { client } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import { useChange } from "../../components/change.tsx";
import type { DataCenterChange } from "../../components/change-plan.ts";
import { useDataCenterOptions } from "../../components/data-center-options.ts";
import { useDataCenters } from "../../components/lookup.ts";
import { useRoleReason } from "../../components/role-reason.ts";
import { useTeam } from "../../components/team.ts";
import { FormDialog } from "../../forms/form-dialog.tsx";
import { useSubmit } from "../../forms/submit.ts";
import { Menu, type MenuItem } from "../../ui/menu.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { useErrorWords } from "../../ui/states.tsx";
import { toast } from "../../ui/toast.tsx";

interface Asked {
  readonly dataCenter: DataCenter;
  readonly close: () => void;
}

function RenameDialog({ dataCenter, close }: Asked) {
  const { t } = useTranslation();
  const team = useTeam();
  const cache = useQueryClient();
  const [form] = Form.useForm<{ readonly name: string }>();
  const sent = useSubmit<{ readonly name: string }>(form, async ({ name }) => {
    await client.dataCenterUpdate({ params: { dataCenter: dataCenter.id }, body: { name } });
    await cache.invalidateQueries({ queryKey: queries.dataCenters(team.id).queryKey });
    close();
  });
  return (
    <FormDialog
      title={t("dataCenter.do.rename")}
      ok={t("dataCenter.do.rename")}
      close={close}
      form={form}
      initial={{ name: dataCenter.name }}
      sent={sent}
    >
      <Form.Item name="name" label={t("dataCenter.addName")} extra={t("dataCenter.addNameAbout")}>
        <Input autoFocus maxLength={40} autoComplete="off" spellCheck={false} />
      </Form.Item>
    </FormDialog>
  );
}

function DrainDialog({ dataCenter, close, plan }: Asked & { readonly plan: (to: DataCenter, leaveData: boolean) => void }) {
  const { t } = useTranslation();
  const options = useDataCenterOptions(objectionToArriving);
  const others = (useDataCenters().data ?? []).filter((d) => d.id !== dataCenter.id);
  const [to, setTo] = useState(others.find((d) => objectionToArriving(d) === null)?.id);
  const [leaveData, setLeaveData] = useState(false);
  const target = others.find((d) => d.id === to);
  return (
    <Dialog
      title={`${t("dataCenter.do.drain")} · ${dataCenter.name}`}
      onCancel={close}
      onOk={() => {
        if (!target) return;
        close();
        plan(target, leaveData);
      }}
      okText={t("dataCenter.do.plan")}
      okButtonProps={{ disabled: !target }}
      cancelText={t("action.cancel")}
    >
      <div className="stack">
        <p className="muted">{others.length > 0 ? t("dataCenter.do.drainAbout") : t("dataCenter.do.drainNone")}</p>
        <label htmlFor="drain-to">{t("dataCenter.do.drainTo")}</label>
        <Select id="drain-to" {...(to ? { value: to } : {})} onChange={setTo} options={options(others)} />
        <Checkbox checked={leaveData} onChange={(event) => setLeaveData(event.target.checked)}>
          {t("dataCenter.do.drainData")}
        </Checkbox>
      </div>
    </Dialog>
  );
}

/** Everything an owner may do with a data center, each through its plan. */
export function DataCenterActions({ dataCenter }: { readonly dataCenter: DataCenter }) {
  const { t } = useTranslation();
  const ask = useChange();
  const team = useTeam();
  const cache = useQueryClient();
  const role = useRoleReason("owner");
  const words = useErrorWords();
  const [dialog, setDialog] = useState<"rename" | "drain" | null>(null);
  const params = { dataCenter: dataCenter.id };
  const offered = dataCenter.tenant === null ? t("dataCenter.do.platform") : null;
  const leaving = dataCenter.state === "leaving" ? t("dataCenter.do.leaving") : null;
  const reason = offered ?? role ?? leaving;
  const done = () => void cache.invalidateQueries({ queryKey: queries.dataCenters(team.id).queryKey });
  const refused = (error: unknown) => {
    const { title, next } = words(error);
    toast(`${title} ${next}`, { level: "error" });
  };
  const show = (word: string, more: Omit<DataCenterChange, "title" | "dataCenter" | "applied">) =>
    ask({ title: `${word} · ${dataCenter.name}`, dataCenter, applied: done, ...more });
  const atOnce = async (work: Promise<unknown>) => {
    await work;
    return null;
  };
  const leave = (keep: boolean) =>
    show(keep ? t("dataCenter.do.leaveKeep") : t("dataCenter.do.leave"), {
      plan: { kind: "leave", keep },
      about: `${keep ? t("dataCenter.do.leaveKeepAbout") : t("dataCenter.do.leaveAbout")} ${t("dataCenter.do.leaveAfter")}`,
      danger: true,
      confirmName: dataCenter.name,
      applies: [{ label: t("dataCenter.do.leave"), run: () => client.dataCenterLeave({ params, body: { keep } }) }],
    });
  const drain = (to: DataCenter, leaveData: boolean) =>
    show(t("dataCenter.do.drain"), {
      plan: { kind: "drain", to: to.id, leaveData },
      about: t("dataCenter.do.drainAbout"),
      danger: leaveData,
      ...(leaveData && { confirmName: dataCenter.name }),
      applies: [
        { label: t("dataCenter.do.drain"), run: () => client.dataCenterDrain({ params, body: { to: to.id, leaveData } }) },
      ],
    });
  const cordon: MenuItem = dataCenter.cordoned
    ? {
        key: "uncordon",
        label: t("dataCenter.do.uncordon"),
        reason,
        run: () => void client.dataCenterUncordon({ params }).then(done, refused),
      }
    : {
        key: "cordon",
        label: t("dataCenter.do.cordon"),
        reason,
        run: () =>
          show(t("dataCenter.do.cordon"), {
            plan: { kind: "cordon" },
            about: t("dataCenter.do.cordonAbout"),
            applies: [{ label: t("dataCenter.do.cordon"), run: () => atOnce(client.dataCenterCordon({ params })) }],
          }),
      };
  const items: MenuItem[] = [
    { key: "rename", label: t("dataCenter.do.rename"), reason, run: () => setDialog("rename") },
    cordon,
    { key: "drain", label: t("dataCenter.do.drain"), reason, run: () => setDialog("drain") },
    {
      key: "revoke",
      label: t("dataCenter.do.revoke"),
      danger: true,
      apart: true,
      reason,
      run: () =>
        show(t("dataCenter.do.revoke"), {
          plan: { kind: "revoke" },
          about: t("dataCenter.do.revokeAbout"),
          danger: true,
          applies: [{ label: t("dataCenter.do.revoke"), run: () => atOnce(client.dataCenterRevoke({ params })) }],
        }),
    },
    { key: "leave-keep", label: t("dataCenter.do.leaveKeep"), danger: true, reason, run: () => leave(true) },
    { key: "leave", label: t("dataCenter.do.leave"), danger: true, reason, run: () => leave(false) },
  ];
  return (
    <>
      <Menu items={items} label={t("dataCenter.do.menu")} iconOnly placement="below-end" className="icon-button bordered">
        <Ellipsis size={18} aria-hidden />
      </Menu>
      {dialog === "rename" && <RenameDialog dataCenter={dataCenter} close={() => setDialog(null)} />}
      {dialog === "drain" && <DrainDialog dataCenter={dataCenter} close={() => setDialog(null)} plan={drain} />}
    </>
  );
}
