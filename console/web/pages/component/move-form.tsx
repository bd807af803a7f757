import { Checkbox, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { objectionToArriving } from "../../../../shared/domain/data-center.ts";
import { dataLeftBehind, volumesOf } from "../../../../shared/domain/movement.ts";
import { objectionToRunning } from "../../../../shared/domain/placement.ts";
import { useDataCenterOptions } from "../../components/data-center-options.ts";
import { useActions } from "../../components/actions.ts";
import { useCannot } from "../../components/can.ts";
import { useComponentContext } from "../../components/component-context.ts";
import { useDataCenters, useNameOf } from "../../components/lookup.ts";
import { useTold } from "../../i18n/platform-words.ts";
import { ReasonButton } from "../../ui/reason-button.tsx";

/** Where it runs, and another data center to run in. */
export function MoveForm() {
  const { t } = useTranslation();
  const told = useTold();
  const nameOf = useNameOf();
  const { application, component } = useComponentContext();
  const actions = useActions(component, application);
  const cannot = useCannot(component);
  const options = useDataCenterOptions(objectionToArriving);
  const others = (useDataCenters().data ?? []).filter((d) => d.id !== component.dataCenter);
  const [to, setTo] = useState<string | null>(null);
  const [leaveData, setLeaveData] = useState(false);
  const target = others.find((d) => d.id === to);
  const volumes = volumesOf(component.configuration);
  const objection =
    target &&
    (objectionToArriving(target) ??
      objectionToRunning(target, component.configuration) ??
      (leaveData ? null : dataLeftBehind(component.name, component.configuration)));
  const reason =
    cannot("move") ??
    (others.length === 0 ? t("placement.nowhere") : null) ??
    (target ? null : t("placement.choose")) ??
    (objection ? told(objection).message : null);
  return (
    <div className="move-form">
      <p>
        <span className="muted">{t("placement.now")}</span>{" "}
        <strong>{nameOf(component.dataCenter) ?? component.dataCenter}</strong>
      </p>
      <div className="row row-wrap">
        <Select
          className="grow"
          aria-label={t("placement.target")}
          placeholder={others.length === 0 ? t("placement.nowhere") : t("placement.target")}
          disabled={others.length === 0 || cannot("move") !== null}
          {...(to ? { value: to } : {})}
          onChange={setTo}
          options={options(others)}
        />
        <ReasonButton reason={reason} onClick={() => target && actions.move(target, volumes.length > 0 && leaveData)}>
          {t("placement.move")}
        </ReasonButton>
      </div>
      {volumes.length > 0 && others.length > 0 && (
        <Checkbox checked={leaveData} onChange={(event) => setLeaveData(event.target.checked)}>
          {t("placement.leaveData", { volumes: volumes.join(", ") })}
        </Checkbox>
      )}
      {to && reason && <p className="field-error">{reason}</p>}
    </div>
  );
}
