import { operations } from "../../../shared/contract/operations.ts";
import { componentOf } from "../../../shared/control/components.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.componentView, ({ params, caller, deps }) =>
  componentOf(deps, caller, params.component),
);
