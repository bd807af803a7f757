import { operations } from "../../../shared/contract/operations.ts";
import { listOperations } from "../../../shared/control/operations.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.operationList, ({ query, caller, deps }) => listOperations(deps, caller, query));
