import { operations } from "../../../shared/contract/operations.ts";
import { componentPage, listComponents } from "../../../shared/control/components.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(
  operations.componentList,
  ({ query, caller, deps }) => listComponents(deps, caller, query),
  (deps, { tenant, query }) => componentPage(deps, { tenant }, query),
);
