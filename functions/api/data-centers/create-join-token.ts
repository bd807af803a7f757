import { operations } from "../../../shared/contract/operations.ts";
import { createJoinToken } from "../../../shared/control/data-centers/join-token.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.joinTokenCreate, ({ params, caller, deps }) =>
  createJoinToken(deps, caller, params.dataCenter),
);
