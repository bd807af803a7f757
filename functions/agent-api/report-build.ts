import { operations } from "../../shared/contract/operations.ts";
import { acceptBuildReport } from "../../shared/control/accept-build-report.ts";
import { endpoint } from "../_runtime/endpoint.ts";

export const handler = endpoint(operations.buildReport, ({ params, body, build, deps }) =>
  acceptBuildReport(deps, { ...build, id: params.build, report: body }),
);
