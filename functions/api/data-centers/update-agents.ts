import { operations } from "../../../shared/contract/operations.ts";
import { updateAgents } from "../../../shared/control/data-centers/manage.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.agentsUpdate, ({ params, caller, deps }) =>
  updateAgents(deps, caller, params.dataCenter),
);
