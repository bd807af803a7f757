import { operations } from "../../../shared/contract/operations.ts";
import { listReleases } from "../../../shared/control/releases.ts";
import { endpoint } from "../../_runtime/endpoint.ts";
import { componentAhead } from "../../_runtime/read-ahead.ts";

export const handler = endpoint(
  operations.releaseList,
  ({ params, query, caller, deps }) => listReleases(deps, caller, { component: params.component, ...query }),
  componentAhead,
);
