import { operations } from "../../../shared/contract/operations.ts";
import { listComponents } from "../../../shared/control/components.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.componentList, ({ query, caller, deps }) => listComponents(deps, caller, query));
