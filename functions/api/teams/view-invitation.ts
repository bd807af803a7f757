import { operations } from "../../../shared/contract/operations.ts";
import { viewInvitation } from "../../../shared/control/teams/accept-invitation.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.invitationView, ({ params, deps }) => viewInvitation(deps, params.token));
