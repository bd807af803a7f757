import { operations } from "../../../shared/contract/operations.ts";
import { findCheck } from "../../../shared/control/checks.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.checkView, ({ params, caller, deps }) => findCheck(deps, caller.tenant, params.check));
