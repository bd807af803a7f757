import { Button, InputNumber, Select, Switch } from "antd";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Port } from "../../../../shared/contract/component.ts";
import { useCannot } from "../../components/can.ts";
import { useConfigurationChange } from "../../components/configuration-change.ts";
import { useConfigurationReason } from "../../components/configuration-reason.ts";
import { SaveBar } from "../../components/save-bar.tsx";
import { Section } from "../../ui/page.tsx";
import { Empty } from "../../ui/states.tsx";
import { useComponentContext } from "../../components/component-context.ts";
import "./ports.css";

interface RowProps {
  readonly port: Port;
  readonly url: string | undefined;
  readonly readOnly: boolean;
  readonly change: (port: Port) => void;
  readonly remove: () => void;
}

function Row({ port, url, readOnly, change, remove }: RowProps) {
  const { t } = useTranslation();
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
      <button type="button" className="icon-button" aria-label={t("ports.remove", { name })} disabled={readOnly} onClick={remove}>
        <Trash2 size={14} aria-hidden />
      </button>
    </li>
  );
}

const same = (a: readonly Port[], b: readonly Port[]) => JSON.stringify(a) === JSON.stringify(b);
const freePort = (ports: readonly Port[]) =>
  [3000, 8080, 8000, 5000, 9000].find((n) => !ports.some((p) => p.port === n)) ?? 10_000;

export function PortsTab() {
  const { t } = useTranslation();
  const { component } = useComponentContext();
  const cannot = useCannot(component);
  const change = useConfigurationChange();
  const reasonOf = useConfigurationReason();
  const [edited, setEdited] = useState<readonly Port[] | null>(null);
  const ports = edited ?? component.configuration.ports;
  const set = (next: readonly Port[]) => setEdited(same(next, component.configuration.ports) ? null : next);
  const readOnly = cannot("update") !== null;
  const twice = ports.find((p, at) => ports.findIndex((q) => q.port === p.port) !== at);
  return (
    <Section title={t("tab.ports")} about={t("ports.about")} flush>
      {ports.length === 0 && <Empty title={t("ports.none")}>{t("ports.noneAbout")}</Empty>}
      <ul>
        {ports.map((port, at) => (
          <Row
            // biome-ignore lint/suspicious/noArrayIndexKey: the number itself is edited
            key={at}
            port={port}
            url={component.addresses.find((a) => a.port === port.port)?.url}
            readOnly={readOnly}
            change={(next) => set(ports.map((p, n) => (n === at ? next : p)))}
            remove={() => set(ports.filter((_, n) => n !== at))}
          />
        ))}
      </ul>
      {!readOnly && (
        <div className="port-add">
          <Button
            icon={<Plus size={14} aria-hidden />}
            onClick={() =>
              set([...ports, { port: freePort(ports), protocol: "http", internal: true, external: ports.length === 0 }])
            }
          >
            {t("ports.add")}
          </Button>
        </div>
      )}
      <SaveBar
        count={edited ? 1 : 0}
        reason={twice ? t("ports.twice", { port: twice.port }) : reasonOf({ ports: [...ports] })}
        discard={() => setEdited(null)}
        review={() => change({ title: t("tab.ports"), configuration: { ports: [...ports] }, applied: () => setEdited(null) })}
      />
    </Section>
  );
}
