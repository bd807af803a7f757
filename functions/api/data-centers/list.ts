import { operations } from "../../../shared/contract/operations.ts";
import { listDataCenters } from "../../../shared/control/data-centers.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.dataCenterList, ({ caller, deps }) => listDataCenters(deps, caller));
