import type { Component } from "../../../shared/contract/component.ts";
import { type ComponentCommand, objectionTo } from "../../../shared/domain/component.ts";
import { useTold } from "../i18n/platform-words.ts";
import { useRoleReason } from "./role-reason.ts";

/** Why a command cannot be given now, by the table the API itself refuses with; null: it can. */
export function useCannot(component: Component): (command: ComponentCommand) => string | null {
  const told = useTold();
  const role = useRoleReason("developer");
  return (command) => {
    if (role) return role;
    const objection = objectionTo(command, component);
    return objection && told(objection).message;
  };
}
