import { operations } from "../../../shared/contract/operations.ts";
import { endSession } from "../../../shared/control/identity/session.ts";
import { endpoint } from "../../_runtime/endpoint.ts";
import { signedOut } from "./cookie.ts";

export const handler = endpoint(operations.sessionRemove, async ({ person, deps }) => {
  await endSession(deps, person.session);
  return signedOut(deps.settings.url);
});
