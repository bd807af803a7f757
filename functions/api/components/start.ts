import { operations } from "../../../shared/contract/operations.ts";
import { startComponent } from "../../../shared/control/operate-component.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.componentStart, ({ params, caller, deps }) =>
  startComponent(deps, caller, params.component),
);
