import { operations } from "../../../shared/contract/operations.ts";
import { planDataCenter } from "../../../shared/control/data-centers/plan.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.dataCenterPlan, ({ params, body, caller, deps }) =>
  planDataCenter(deps, caller, { dataCenter: params.dataCenter, change: body }),
);
