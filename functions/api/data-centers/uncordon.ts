import { operations } from "../../../shared/contract/operations.ts";
import { cordonDataCenter } from "../../../shared/control/data-centers/manage.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.dataCenterUncordon, ({ params, caller, deps }) =>
  cordonDataCenter(deps, caller, { dataCenter: params.dataCenter, cordoned: false }),
);
