import { operations } from "../../../shared/contract/operations.ts";
import { createComponent } from "../../../shared/control/create-component.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.componentCreate, ({ params, body, caller, deps }) =>
  createComponent(deps, caller, { application: params.application, create: body }),
);
