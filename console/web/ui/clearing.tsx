import { CircleX } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

/** For `allowClear`: antd's own button is called "close-circle" in every language. */
export function useClearing(): { clearIcon: ReactNode } {
  const { t } = useTranslation();
  return { clearIcon: <CircleX size={14} role="img" aria-label={t("action.clear")} /> };
}
