import { operations } from "../../../shared/contract/operations.ts";
import { updateComponent } from "../../../shared/control/update-component.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.componentUpdate, ({ params, body, caller, deps }) =>
  updateComponent(deps, caller, { component: params.component, update: body }),
);
