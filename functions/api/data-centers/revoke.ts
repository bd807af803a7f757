import { operations } from "../../../shared/contract/operations.ts";
import { revokeDataCenter } from "../../../shared/control/data-centers/manage.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.dataCenterRevoke, ({ params, caller, deps }) =>
  revokeDataCenter(deps, caller, params.dataCenter),
);
