import { operations } from "../../../shared/contract/operations.ts";
import { findApplication } from "../../../shared/control/find.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.applicationView, ({ params, caller, deps }) =>
  findApplication(deps, caller, params.application),
);
