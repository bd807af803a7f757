import { operations } from "../../../shared/contract/operations.ts";
import { resetPassword } from "../../../shared/control/identity/password-reset.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.passwordResetComplete, ({ body, from, deps }) =>
  resetPassword(deps, { ...body, from }),
);
