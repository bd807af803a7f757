import { operations } from "../../../shared/contract/operations.ts";
import { dataCenterOf } from "../../../shared/control/data-centers.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.dataCenterView, ({ params, caller, deps }) =>
  dataCenterOf(deps, caller, params.dataCenter),
);
