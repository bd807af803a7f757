import { operations } from "../../shared/contract/operations.ts";
import { agentBlobUrl } from "../../shared/control/blob-urls.ts";
import { endpoint } from "../_runtime/endpoint.ts";

export const handler = endpoint(operations.agentBlobUrl, ({ body, agent, deps }) => agentBlobUrl(deps, agent, body));
