import { operations } from "../../../shared/contract/operations.ts";
import { acceptInvitation } from "../../../shared/control/teams/accept-invitation.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.invitationAccept, ({ params, person, from, idempotency, deps }) =>
  acceptInvitation(deps, { user: person.user, token: params.token, from, idempotency }),
);
