import { operations } from "../../../shared/contract/operations.ts";
import { createCheck } from "../../../shared/control/checks.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.checkCreate, ({ body, caller, deps }) => createCheck(deps, caller, body));
