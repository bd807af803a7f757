import { operations } from "../../../shared/contract/operations.ts";
import { listVariables } from "../../../shared/control/update-variables.ts";
import { endpoint } from "../../_runtime/endpoint.ts";
import { componentAhead } from "../../_runtime/read-ahead.ts";

export const handler = endpoint(
  operations.variableList,
  ({ params, caller, deps }) => listVariables(deps, caller, params.component),
  componentAhead,
);
