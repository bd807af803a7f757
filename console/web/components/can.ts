import { useTranslation } from "react-i18next";
import type { Component } from "../../../shared/contract/component.ts";
import { type ComponentCommand, componentCan } from "../../../shared/domain/component.ts";
import { serverWords } from "../i18n/server-words.ts";
import { useRoleReason } from "./role-reason.ts";

/** Why a command cannot be given now, by the table the API itself refuses with; null: it can. */
export function useCannot(component: Component): (command: ComponentCommand) => string | null {
  const { i18n } = useTranslation();
  const role = useRoleReason("developer");
  return (command) => {
    if (role) return role;
    const answer = componentCan(command, component);
    return answer === true ? null : serverWords(answer, i18n.language);
  };
}
