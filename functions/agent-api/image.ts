import { operations } from "../../shared/contract/operations.ts";
import { agentImage } from "../../shared/control/serve-images.ts";
import { endpoint } from "../_runtime/endpoint.ts";

export const handler = endpoint(operations.agentImage, ({ body, agent, deps }) => agentImage(deps, agent.dataCenter, body));
