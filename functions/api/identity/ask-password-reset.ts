import { operations } from "../../../shared/contract/operations.ts";
import { askPasswordReset } from "../../../shared/control/identity/password-reset.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.passwordResetCreate, ({ body: { email, language = "en" }, from, deps }) =>
  askPasswordReset(deps, { email, language, from }),
);
