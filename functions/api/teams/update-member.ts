import { operations } from "../../../shared/contract/operations.ts";
import { updateMember } from "../../../shared/control/teams/members.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.memberUpdate, ({ params, body, caller, deps }) =>
  updateMember(deps, caller, { user: params.user, role: body.role }),
);
