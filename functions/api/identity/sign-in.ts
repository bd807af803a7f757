import { operations } from "../../../shared/contract/operations.ts";
import { signIn } from "../../../shared/control/identity/sign-in.ts";
import { endpoint } from "../../_runtime/endpoint.ts";
import { signedIn } from "./cookie.ts";

export const handler = endpoint(operations.sessionCreate, async ({ body, from, header, deps }) =>
  signedIn(await signIn(deps, { ...body, from }), { url: deps.settings.url, client: header("pluvia-client") }),
);
