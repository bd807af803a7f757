import { operations } from "../../../shared/contract/operations.ts";
import { removeApplication } from "../../../shared/control/applications.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.applicationRemove, ({ params, caller, deps }) =>
  removeApplication(deps, caller, params.application),
);
