import { operations } from "../../../shared/contract/operations.ts";
import { keyOf } from "../../../shared/control/component-tables.ts";
import { viewBuild } from "../../../shared/control/builds.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(
  operations.buildView,
  ({ params, caller, deps }) => viewBuild(deps, caller, params.build),
  (deps, { tenant, params }) => deps.table.get(keyOf.build(tenant, params.build)),
);
