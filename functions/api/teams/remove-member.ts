import { operations } from "../../../shared/contract/operations.ts";
import { removeMember } from "../../../shared/control/teams/members.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.memberRemove, ({ params, caller, deps }) => removeMember(deps, caller, params));
