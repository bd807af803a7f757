import { CircleCheck, CircleX } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Capability, Capacity, DataCenter } from "../../../../shared/contract/data-center.ts";
import { useTold } from "../../i18n/platform-words.ts";
import { Meter } from "../../ui/meter.tsx";
import { bytes, cores } from "../../ui/quantity.ts";
import "./data-center.css";

export function CapacityMeters({ capacity }: { readonly capacity: Capacity }) {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  const of = (used: string, all: string) => t("dataCenter.of", { used, all });
  return (
    <div className="meters">
      <Meter
        label={t("dataCenter.cpu")}
        used={capacity.cpuMillisUsed}
        of={capacity.cpuMillis}
        words={of(cores(capacity.cpuMillisUsed, language), cores(capacity.cpuMillis, language))}
      />
      <Meter
        label={t("dataCenter.memory")}
        used={capacity.memoryBytesUsed}
        of={capacity.memoryBytes}
        words={of(bytes(capacity.memoryBytesUsed, language), bytes(capacity.memoryBytes, language))}
      />
      <Meter
        label={t("dataCenter.disk")}
        used={capacity.diskBytesUsed}
        of={capacity.diskBytes}
        words={of(bytes(capacity.diskBytesUsed, language), bytes(capacity.diskBytes, language))}
      />
    </div>
  );
}

export function Capabilities({ capabilities }: { readonly capabilities: readonly Capability[] }) {
  const { t } = useTranslation();
  const told = useTold();
  const word = (name: string) => t(`capability.${name}` as "capability.images", { defaultValue: name });
  return (
    <ul className="capabilities">
      {capabilities.map((capability) => (
        <li key={capability.name}>
          {capability.available ? (
            <CircleCheck size={16} className="ink-green" aria-hidden />
          ) : (
            <CircleX size={16} className="ink-amber" aria-hidden />
          )}
          <div>
            <strong>{word(capability.name)}</strong>
            <span className="sr-only">{capability.available ? t("dataCenter.available") : t("dataCenter.notAvailable")}</span>
            <p className="muted">{told({ ...capability, code: capability.code ?? "" }).message}</p>
          </div>
        </li>
      ))}
    </ul>
  );
}

export function Tools({ tools }: { readonly tools: DataCenter["tools"] }) {
  return (
    <ul className="tools">
      {Object.entries(tools)
        .toSorted(([a], [b]) => a.localeCompare(b))
        .map(([name, version]) => (
          <li key={name}>
            <span>{name}</span>
            <span className="mono muted">{version}</span>
          </li>
        ))}
    </ul>
  );
}
