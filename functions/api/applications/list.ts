import { operations } from "../../../shared/contract/operations.ts";
import { listApplications } from "../../../shared/control/applications.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.applicationList, ({ query, caller, deps }) => listApplications(deps, caller, query));
