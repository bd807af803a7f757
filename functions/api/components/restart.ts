import { operations } from "../../../shared/contract/operations.ts";
import { restartComponent } from "../../../shared/control/operate-component.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.componentRestart, ({ params, caller, deps }) =>
  restartComponent(deps, caller, params.component),
);
