import { operations } from "../../../shared/contract/operations.ts";
import { deployComponent } from "../../../shared/control/deploy-component.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.componentDeploy, ({ params, body, caller, deps }) =>
  deployComponent(deps, caller, { component: params.component, source: body.source }),
);
