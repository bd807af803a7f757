import { operations } from "../../../shared/contract/operations.ts";
import { listReleases } from "../../../shared/control/releases.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.releaseList, ({ params, query, caller, deps }) =>
  listReleases(deps, caller, { component: params.component, ...query }),
);
