import { operations } from "../../../shared/contract/operations.ts";
import { removeInvitation } from "../../../shared/control/teams/invitations.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.invitationRemove, ({ params, caller, deps }) =>
  removeInvitation(deps, caller, params),
);
