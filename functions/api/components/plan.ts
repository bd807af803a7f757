import { operations } from "../../../shared/contract/operations.ts";
import { planComponent } from "../../../shared/control/plan-component.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.componentPlan, ({ params, body, caller, deps }) =>
  planComponent(deps, caller, { component: params.component, change: body }),
);
