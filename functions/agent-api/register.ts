import { operations } from "../../shared/contract/operations.ts";
import { registerAgent } from "../../shared/control/register-agent.ts";
import { endpoint } from "../_runtime/endpoint.ts";

export const handler = endpoint(operations.agentRegister, ({ body, from, deps }) => registerAgent(deps, body, from.address));
