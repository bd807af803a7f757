import { operations } from "../../../shared/contract/operations.ts";
import { usageOfDataCenter } from "../../../shared/control/data-centers/usage.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.dataCenterUsage, ({ params, caller, deps }) =>
  usageOfDataCenter(deps, caller, params.dataCenter),
);
