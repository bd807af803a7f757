import { operations } from "../../../shared/contract/operations.ts";
import { createInvitation } from "../../../shared/control/teams/invitations.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.invitationCreate, ({ body, caller, membership, deps }) =>
  createInvitation(deps, caller, { ...body, invitedBy: membership.user }),
);
