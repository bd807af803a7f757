import { operations } from "../../../shared/contract/operations.ts";
import { listMembers } from "../../../shared/control/teams/members.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.memberList, ({ query, caller, deps }) => listMembers(deps, caller, query));
