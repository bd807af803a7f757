import { operations } from "../../../shared/contract/operations.ts";
import { joinChart } from "../../../shared/control/data-centers/join-manifest.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.joinChartView, () => joinChart());
