import { operations } from "../../../shared/contract/operations.ts";
import { signUp } from "../../../shared/control/identity/sign-up.ts";
import { endpoint } from "../../_runtime/endpoint.ts";
import { signedIn } from "./cookie.ts";

export const handler = endpoint(operations.userCreate, async ({ body, from, header, deps }) =>
  signedIn(await signUp(deps, { ...body, from }), { url: deps.settings.url, client: header("pluvia-client") }),
);
