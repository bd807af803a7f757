import { useTranslation } from "react-i18next";
import type { CallInput } from "../../../shared/client/client.ts";
import type { Component } from "../../../shared/contract/component.ts";
import { client } from "../api/client.ts";
import { adoptComponent } from "../api/queries.ts";
import { useComponentContext } from "./component-context.ts";
import { useCannot } from "./can.ts";
import { useChange } from "./change.tsx";
import { type Apply, savedOnce } from "./change-plan.ts";
import { useTeam } from "./team.ts";

type Update = NonNullable<CallInput<"componentUpdate">["body"]>;

interface Wanted {
  readonly title: string;
  readonly configuration?: Update["configuration"];
  /** Anything else of the component. */
  readonly update?: Omit<Update, "configuration" | "generation">;
  readonly applied?: () => void;
}

export interface ChangeTarget {
  readonly name: string;
  readonly component: Component;
  readonly cannotConfigure: boolean;
}

/** A change of configuration of any component: its plan, then save and release it, or only save. */
export function useConfigurationChangeOf(): (target: ChangeTarget, wanted: Wanted) => void {
  const { t } = useTranslation();
  const team = useTeam();
  const ask = useChange();
  return ({ name, component, cannotConfigure }, { title, configuration, update, applied }) => {
    const body: Update = { ...update, ...(configuration ? { configuration } : {}), generation: component.generation };
    const params = { component: component.id };
    const save = savedOnce(async () => adoptComponent(team.id, await client.componentUpdate({ params, body })));
    const deploy = async () => {
      await save();
      const { operation, component: now } = await client.componentConfigure({ params });
      adoptComponent(team.id, now);
      return operation;
    };
    const saveOnly: Apply = { label: t("edit.saveOnly"), run: () => save().then(() => null) };
    ask({
      title: `${title} · ${name}`,
      component,
      plan: { kind: "update", update: body },
      applies: cannotConfigure || !configuration ? [saveOnly] : [{ label: t("edit.saveAndDeploy"), run: deploy }, saveOnly],
      ...(applied ? { applied } : {}),
    });
  };
}

/** The same for the component of the page. */
export function useConfigurationChange(): (wanted: Wanted) => void {
  const { application, component } = useComponentContext();
  const cannot = useCannot(component);
  const change = useConfigurationChangeOf();
  return (wanted) =>
    change({ name: `${application.name} / ${component.name}`, component, cannotConfigure: cannot("configure") !== null }, wanted);
}
