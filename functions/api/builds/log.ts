import { operations } from "../../../shared/contract/operations.ts";
import { buildLog, buildLogRows } from "../../../shared/control/builds.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(
  operations.buildLogView,
  ({ params, query, caller, deps }) => buildLog(deps, caller, { build: params.build, ...query }),
  (deps, { tenant, params, query }) => buildLogRows(deps, tenant, { build: params.build, ...query }),
);
