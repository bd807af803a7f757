import { operations } from "../../shared/contract/operations.ts";
import { placeOfAgent } from "../../shared/domain/agent-place.ts";
import { endpoint } from "../_runtime/endpoint.ts";

export const handler = endpoint(operations.agentPlace, async ({ agent, deps }) => placeOfAgent(deps.settings.broker, agent.id));
