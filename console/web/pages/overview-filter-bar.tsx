import { Select } from "antd";
import { useTranslation } from "react-i18next";
import type { ComponentStatus } from "../../../shared/contract/component.ts";
import { useDataCenters } from "../components/lookup.ts";
import { FilterField } from "../ui/filter-field.tsx";
import { useUrlState } from "../ui/url-state.ts";
import { type Entry, type OverviewFilter, statesOf } from "./overview-filter.ts";

/** `found`: how many pass the filter; null: there is none. */
export function FilterBar({
  entries,
  filter,
  found,
}: {
  readonly entries: readonly Entry[];
  readonly filter: OverviewFilter;
  readonly found: number | null;
}) {
  const { t } = useTranslation();
  const [, setText] = useUrlState("apps.filter", "", { ends: "apps.page" });
  const [, setState] = useUrlState("apps.state", "", { ends: "apps.page" });
  const [, setDataCenter] = useUrlState("apps.data-center", "", { ends: "apps.page" });
  const places = useDataCenters().data ?? [];
  const used = new Set(entries.flatMap((entry) => entry.components.map((c) => c.dataCenter)));
  const stateWord = (state: ComponentStatus | "look") => (state === "look" ? t("overview.look") : t(`status.${state}.word`));
  return (
    <>
      <FilterField value={filter.text} choose={setText} label={t("overview.filter")} />
      <Select
        value={filter.state}
        onChange={setState}
        aria-label={t("table.state")}
        popupMatchSelectWidth={false}
        options={[
          { value: "", label: t("overview.everyState") },
          ...statesOf(entries).map(({ state, count }) => ({ value: state, label: `${stateWord(state)} (${count})` })),
        ]}
      />
      {(used.size > 1 || filter.dataCenter) && (
        <Select
          value={filter.dataCenter}
          onChange={setDataCenter}
          aria-label={t("dataCenter.one")}
          popupMatchSelectWidth={false}
          options={[
            { value: "", label: t("overview.everyDataCenter") },
            ...places.filter((place) => used.has(place.id)).map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
      )}
      <span className="muted small" role="status">
        {found !== null && t("overview.found", { count: found, of: entries.length })}
      </span>
    </>
  );
}
