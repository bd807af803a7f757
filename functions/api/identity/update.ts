import { operations } from "../../../shared/contract/operations.ts";
import { updateUser } from "../../../shared/control/identity/update-user.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.userUpdate, ({ body, person, from, idempotency, deps }) =>
  updateUser(deps, { ...body, person, from, idempotency }),
);
