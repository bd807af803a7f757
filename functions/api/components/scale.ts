import { operations } from "../../../shared/contract/operations.ts";
import { scaleComponent } from "../../../shared/control/operate-component.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.componentScale, ({ params, body, caller, deps }) =>
  scaleComponent(deps, caller, { component: params.component, replicas: body.replicas }),
);
