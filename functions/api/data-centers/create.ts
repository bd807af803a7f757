import { operations } from "../../../shared/contract/operations.ts";
import { createDataCenter } from "../../../shared/control/data-centers/create.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.dataCenterCreate, ({ body, caller, deps }) => createDataCenter(deps, caller, body));
