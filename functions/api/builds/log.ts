import { operations } from "../../../shared/contract/operations.ts";
import { buildLog } from "../../../shared/control/builds.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.buildLogView, ({ params, query, caller, deps }) =>
  buildLog(deps, caller, { build: params.build, ...query }),
);
