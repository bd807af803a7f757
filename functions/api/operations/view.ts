import { operations } from "../../../shared/contract/operations.ts";
import { findOperation } from "../../../shared/control/find.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.operationView, ({ params, caller, deps }) =>
  findOperation(deps, caller, params.operation),
);
