import { operations } from "../../../shared/contract/operations.ts";
import { leaveTeam } from "../../../shared/control/teams/members.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.teamLeave, ({ caller, deps }) => leaveTeam(deps, caller));
