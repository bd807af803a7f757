import { operations } from "../../../shared/contract/operations.ts";
import { listBuilds } from "../../../shared/control/builds.ts";
import { endpoint } from "../../_runtime/endpoint.ts";
import { componentAhead } from "../../_runtime/read-ahead.ts";

export const handler = endpoint(
  operations.buildList,
  ({ params, query, caller, deps }) => listBuilds(deps, caller, { component: params.component, ...query }),
  componentAhead,
);
