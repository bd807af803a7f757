import { operations } from "../../../shared/contract/operations.ts";
import { configureComponent } from "../../../shared/control/operate-component.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.componentConfigure, ({ params, caller, deps }) =>
  configureComponent(deps, caller, params.component),
);
