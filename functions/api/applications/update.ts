import { operations } from "../../../shared/contract/operations.ts";
import { updateApplication } from "../../../shared/control/applications.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.applicationUpdate, ({ params, body, caller, deps }) =>
  updateApplication(deps, caller, { application: params.application, ...body }),
);
