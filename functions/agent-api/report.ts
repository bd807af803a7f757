import { operations } from "../../shared/contract/operations.ts";
import { acceptReport } from "../../shared/control/accept-report.ts";
import { endpoint } from "../_runtime/endpoint.ts";

export const handler = endpoint(operations.agentReport, ({ body, agent, deps }) => acceptReport(deps, agent, body));
