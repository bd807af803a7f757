import { operations } from "../../../shared/contract/operations.ts";
import { stopComponent } from "../../../shared/control/operate-component.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.componentStop, ({ params, caller, deps }) =>
  stopComponent(deps, caller, params.component),
);
