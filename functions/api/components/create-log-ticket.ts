import { operations } from "../../../shared/contract/operations.ts";
import { createTicket } from "../../../shared/control/stream-ticket.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.ticketCreate, ({ params, caller, deps }) =>
  createTicket(deps, caller, { component: params.component, kind: "log", instance: null, command: null }),
);
