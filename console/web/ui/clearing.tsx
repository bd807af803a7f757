import { CircleX } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

/** For `allowClear`: antd's own button is called "close-circle" or "Clear" in every language. */
export function useClearing(): { clearIcon: ReactNode; label: string } {
  const { t } = useTranslation();
  const label = t("action.clear");
  return { clearIcon: <CircleX size={14} role="img" aria-label={label} />, label };
}
