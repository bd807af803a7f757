import { operations } from "../../../shared/contract/operations.ts";
import { listNodes } from "../../../shared/control/data-centers.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.dataCenterNodes, ({ params, caller, deps }) =>
  listNodes(deps, caller, params.dataCenter),
);
