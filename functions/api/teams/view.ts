import { operations } from "../../../shared/contract/operations.ts";
import { viewTeam } from "../../../shared/control/teams/team.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.tenantView, ({ caller, deps }) => viewTeam(deps, caller));
