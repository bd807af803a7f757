import { operations } from "../../shared/contract/operations.ts";
import { agentPullCredential } from "../../shared/control/serve-images.ts";
import { endpoint } from "../_runtime/endpoint.ts";

export const handler = endpoint(operations.agentPullCredential, ({ body, agent, deps }) =>
  agentPullCredential(deps, agent.dataCenter, body),
);
