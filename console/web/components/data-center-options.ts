import { useTranslation } from "react-i18next";
import type { DataCenter } from "../../../shared/contract/data-center.ts";
import type { PlacingObjection } from "../../../shared/domain/data-center.ts";

/** Makes data centers something to choose from: one that cannot be chosen says why. */
export function useDataCenterOptions(objectionTo: (d: DataCenter) => PlacingObjection | null) {
  const { t } = useTranslation();
  return (dataCenters: readonly DataCenter[]) =>
    dataCenters.map((d) => {
      const objection = objectionTo(d);
      const why = objection?.code === "data-center.cordoned" ? t("dataCenter.cordoned") : t(`dataCenter.state.${d.state}`);
      return { value: d.id, label: objection ? `${d.name} – ${why}` : d.name, disabled: objection !== null };
    });
}
