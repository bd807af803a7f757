import { operations } from "../../../shared/contract/operations.ts";
import { cancelOperation } from "../../../shared/control/cancel-operation.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.operationCancel, ({ params, caller, membership, deps }) =>
  cancelOperation(deps, caller, { id: params.operation, role: membership.role }),
);
