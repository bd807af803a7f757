import { operations } from "../../../shared/contract/operations.ts";
import { endSession } from "../../../shared/control/identity/session.ts";
import { endpoint } from "../../_runtime/endpoint.ts";
import { signedOut } from "./cookie.ts";

export const handler = endpoint(operations.sessionRemove, async ({ person, from, deps }) => {
  await endSession(deps, { ...person, from });
  return signedOut(deps.settings.url);
});
