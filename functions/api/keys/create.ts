import { operations } from "../../../shared/contract/operations.ts";
import { createKey } from "../../../shared/control/keys/keys.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.keyCreate, ({ body, caller, membership, deps }) =>
  createKey(deps, caller, { maker: membership, wish: body }),
);
