import { InputNumber, Select, Switch } from "antd";
import { useTranslation } from "react-i18next";
import type { Port } from "../../../../shared/contract/component.ts";
import { EditedList, RemoveRow, type RowProps } from "../../components/edited-list.tsx";
import { useComponentContext } from "../../components/component-context.ts";
import "./ports.css";

function Row({ value: port, readOnly, change, remove }: RowProps<Port>) {
  const { t } = useTranslation();
  const { component } = useComponentContext();
  const url = component.addresses.find((address) => address.port === port.port)?.url;
  const name = String(port.port);
  return (
    <li className="port">
      <InputNumber
        className="mono"
        min={1}
        max={65_535}
        value={port.port}
        disabled={readOnly}
        aria-label={t("ports.port")}
        controls={false}
        onChange={(value) => value && change({ ...port, port: value })}
      />
      <Select
        value={port.protocol}
        disabled={readOnly}
        aria-label={t("ports.protocolOf", { name })}
        onChange={(protocol) => change({ ...port, protocol })}
        options={[
          { value: "http" as const, label: "HTTP" },
          { value: "tcp" as const, label: "TCP" },
        ]}
      />
      {/* biome-ignore lint/a11y/noLabelWithoutControl: the switch is inside */}
      <label className="port-switch">
        <Switch
          size="small"
          disabled={readOnly}
          checked={port.internal}
          aria-label={t("ports.internalOf", { name })}
          onChange={(internal) => change({ ...port, internal })}
        />
        <span>
          {t("ports.internal")}
          <small>{t("ports.internalAbout")}</small>
        </span>
      </label>
      {/* biome-ignore lint/a11y/noLabelWithoutControl: the switch is inside */}
      <label className="port-switch">
        <Switch
          size="small"
          disabled={readOnly}
          checked={port.external}
          aria-label={t("ports.externalOf", { name })}
          onChange={(external) => change({ ...port, external })}
        />
        <span>
          {t("ports.external")}
          <small className="clip">{url ?? t("ports.externalAbout")}</small>
        </span>
      </label>
      <RemoveRow label={t("ports.remove", { name })} readOnly={readOnly} remove={remove} />
    </li>
  );
}

const usualPorts = [3000, 8080, 8000, 5000, 9000];
const nextPort = (ports: readonly Port[]): Port => ({
  port: usualPorts.find((n) => !ports.some((p) => p.port === n)) ?? 10_000,
  protocol: "http",
  internal: true,
  external: ports.length === 0,
});

export function PortsTab() {
  const { t } = useTranslation();
  const { component } = useComponentContext();
  return (
    <EditedList
      title={t("tab.ports")}
      about={t("ports.about")}
      none={{ title: t("ports.none"), about: t("ports.noneAbout") }}
      saved={component.configuration.ports}
      keyOf={({ port }) => String(port)}
      Row={Row}
      next={(ports) => [nextPort(ports)]}
      add={t("ports.add")}
      most={20}
      configurationOf={(ports) => ({ ports: [...ports] })}
      problemOf={(ports) => {
        const twice = ports.find((p, at) => ports.findIndex((q) => q.port === p.port) !== at);
        return twice ? t("ports.twice", { port: twice.port }) : null;
      }}
    />
  );
}
