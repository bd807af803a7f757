import { operations } from "../../../shared/contract/operations.ts";
import { editOf, updateVariables } from "../../../shared/control/update-variables.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.variableUpdate, ({ params, body, caller, deps }) =>
  updateVariables(deps, caller, { component: params.component, edit: editOf(body), generation: body.generation }),
);
