import { operations } from "../../../shared/contract/operations.ts";
import { moveComponent } from "../../../shared/control/move-component.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.componentMove, ({ params, body, caller, deps }) =>
  moveComponent(deps, caller, { component: params.component, ...body }),
);
