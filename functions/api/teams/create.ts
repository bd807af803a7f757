import { operations } from "../../../shared/contract/operations.ts";
import { createTeam } from "../../../shared/control/teams/create-team.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.tenantCreate, ({ body, person, from, idempotency, deps }) =>
  createTeam(deps, { user: person.user, name: body.name, from, idempotency }),
);
