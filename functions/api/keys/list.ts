import { operations } from "../../../shared/contract/operations.ts";
import { listKeys } from "../../../shared/control/keys/keys.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.keyList, ({ query, caller, deps }) => listKeys(deps, caller, query));
