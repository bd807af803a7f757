import { operations } from "../../../shared/contract/operations.ts";
import { removeComponent } from "../../../shared/control/remove-component.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.componentRemove, ({ params, caller, deps }) =>
  removeComponent(deps, caller, params.component),
);
