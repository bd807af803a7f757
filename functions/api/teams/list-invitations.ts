import { operations } from "../../../shared/contract/operations.ts";
import { listInvitations } from "../../../shared/control/teams/invitations.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.invitationList, ({ query, caller, deps }) => listInvitations(deps, caller, query));
