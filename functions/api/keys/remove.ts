import { operations } from "../../../shared/contract/operations.ts";
import { revokeKey } from "../../../shared/control/keys/keys.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.keyRemove, ({ params, caller, membership, deps }) =>
  revokeKey(deps, caller, { maker: membership, key: params.key }),
);
