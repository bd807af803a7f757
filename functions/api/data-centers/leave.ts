import { operations } from "../../../shared/contract/operations.ts";
import { leaveDataCenter } from "../../../shared/control/data-centers/leave.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.dataCenterLeave, ({ params, body, caller, deps }) =>
  leaveDataCenter(deps, caller, { dataCenter: params.dataCenter, keep: body.keep }),
);
