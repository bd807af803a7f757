import { operations } from "../../../shared/contract/operations.ts";
import { renameDataCenter } from "../../../shared/control/data-centers/manage.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.dataCenterUpdate, ({ params, body, caller, deps }) =>
  renameDataCenter(deps, caller, { dataCenter: params.dataCenter, name: body.name }),
);
