import { operations } from "../../../shared/contract/operations.ts";
import { releaseOf } from "../../../shared/control/releases.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.releaseView, ({ params, caller, deps }) => releaseOf(deps, caller, params));
