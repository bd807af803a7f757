import { useTranslation } from "react-i18next";
import { roleHas, useTeam } from "./team.ts";

/** Why this person may not, or null. Developers edit and operate; owners also manage people. */
export function useRoleReason(least: "developer" | "owner"): string | null {
  const { t } = useTranslation();
  const { role } = useTeam();
  return roleHas(role, least) ? null : t("role.reason", { mine: t(`role.${role}`), least: t(`role.${least}`) });
}
