import type { Configuration } from "../../../shared/contract/component.ts";
import { configurationProblems } from "../../../shared/domain/configuration.ts";
import { objectionToRunning } from "../../../shared/domain/placement.ts";
import { useTold } from "../i18n/platform-words.ts";
import { useComponentContext } from "./component-context.ts";
import { useDataCenters } from "./lookup.ts";

/** Why the component of the page cannot be configured so, by the rules the API itself refuses with; null: it can. */
export function useConfigurationReason(): (edited: Partial<Configuration>) => string | null {
  const { component } = useComponentContext();
  const told = useTold();
  const dataCenter = useDataCenters().data?.find((d) => d.id === component.dataCenter);
  return (edited) => {
    const configuration = { ...component.configuration, ...edited };
    const [problem] = configurationProblems(configuration);
    if (problem) return told({ ...problem, code: problem.rule ?? "" }).message;
    const objection = dataCenter && objectionToRunning(dataCenter, configuration);
    return objection ? told(objection).message : null;
  };
}
