import { operations } from "../../../shared/contract/operations.ts";
import { drainDataCenter } from "../../../shared/control/data-centers/drain.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.dataCenterDrain, ({ params, body, caller, deps }) =>
  drainDataCenter(deps, caller, { dataCenter: params.dataCenter, ...body }),
);
