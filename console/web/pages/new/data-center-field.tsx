import { Form, Select } from "antd";
import { useTranslation } from "react-i18next";
import { objectionToPlacing } from "../../../../shared/domain/data-center.ts";
import { useDataCenterOptions } from "../../components/data-center-options.ts";
import { useDataCenters } from "../../components/lookup.ts";
import { useClearing } from "../../ui/clearing.tsx";

/** Seen only where there is a choice. */
export function DataCenterField({ hint }: { readonly hint?: string }) {
  const { t } = useTranslation();
  const clearing = useClearing();
  const options = useDataCenterOptions(objectionToPlacing);
  const dataCenters = useDataCenters().data ?? [];
  return (
    <Form.Item name="dataCenter" label={t("dataCenter.one")} extra={hint} hidden={dataCenters.length < 2}>
      <Select allowClear={clearing} placeholder={t("new.anyDataCenter")} options={options(dataCenters)} />
    </Form.Item>
  );
}
