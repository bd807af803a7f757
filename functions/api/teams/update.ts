import { operations } from "../../../shared/contract/operations.ts";
import { updateTeam } from "../../../shared/control/teams/team.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.tenantUpdate, ({ body, caller, deps }) => updateTeam(deps, caller, body));
