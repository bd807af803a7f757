import { operations } from "../../../shared/contract/operations.ts";
import { rollbackComponent } from "../../../shared/control/operate-component.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.componentRollback, ({ params, body, caller, deps }) =>
  rollbackComponent(deps, caller, { component: params.component, release: body.release }),
);
