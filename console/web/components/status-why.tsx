import { Popover } from "antd";
import { useTranslation } from "react-i18next";
import type { Component } from "../../../shared/contract/component.ts";
import { useTold } from "../i18n/platform-words.ts";
import { StatusChip } from "../ui/chip.tsx";

/** The status; pressed, it tells why and what to do. */
export function StatusWhy({ component }: { readonly component: Component }) {
  const { t } = useTranslation();
  const told = useTold();
  const why = (
    <div className="status-why">
      <p>{t(`status.${component.status}.why`)}</p>
      {component.advice.map((advice) => (
        <div key={advice.code}>
          <strong>{told(advice).message}</strong>
          <p className="muted">{told(advice).next}</p>
        </div>
      ))}
    </div>
  );
  return (
    <Popover content={why} trigger="click" placement="bottomLeft">
      <button type="button" className="chip-button" data-testid="status" data-status={component.status}>
        <StatusChip status={component.status} />
      </button>
    </Popover>
  );
}
