import { operations } from "../../../shared/contract/operations.ts";
import { viewSession } from "../../../shared/control/identity/session.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.sessionView, ({ person, deps }) => viewSession(deps, person));
