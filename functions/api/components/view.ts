import { operations } from "../../../shared/contract/operations.ts";
import { componentOf } from "../../../shared/control/components.ts";
import { endpoint } from "../../_runtime/endpoint.ts";
import { componentAhead } from "../../_runtime/read-ahead.ts";

export const handler = endpoint(
  operations.componentView,
  ({ params, caller, deps }) => componentOf(deps, caller, params.component),
  componentAhead,
);
