import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { ComponentId } from "../../../../shared/contract/id.ts";
import { useRuntimeLog } from "../../api/runtime-log.ts";
import { matterOf } from "../../ui/log-lines.ts";
import { LogView } from "../../ui/log-view.tsx";
import { Section } from "../../ui/page.tsx";

const noop = () => {};

/** What the program said last, at the line that tells why. */
export function FailureLog({ component }: { readonly component: ComponentId }) {
  const { t } = useTranslation();
  const { rows } = useRuntimeLog(component, "");
  const matter = useMemo(() => matterOf(rows), [rows]);
  if (rows.length === 0) return null;
  return (
    <Section title={t("component.lastLines")} flush>
      <LogView rows={rows} label={t("component.lastLines")} follow setFollow={noop} mark={matter} height={208} />
    </Section>
  );
}
