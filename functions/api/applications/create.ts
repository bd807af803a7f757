import { operations } from "../../../shared/contract/operations.ts";
import { createApplication } from "../../../shared/control/applications.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.applicationCreate, ({ body, caller, deps }) => createApplication(deps, caller, body));
