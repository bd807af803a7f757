import { operations } from "../../shared/contract/operations.ts";
import { serveDesired } from "../../shared/control/serve-desired.ts";
import { endpoint } from "../_runtime/endpoint.ts";

export const handler = endpoint(operations.agentDesired, ({ query, agent, deps }) =>
  serveDesired(deps, { dataCenter: agent.dataCenter, ...query }),
);
