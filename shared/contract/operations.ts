import { agentOperations } from "./operations/agents.ts";
import { applicationOperations } from "./operations/applications.ts";
import { componentOperations } from "./operations/components.ts";
import { dataCenterOperations } from "./operations/data-centers.ts";
import { historyOperations } from "./operations/history.ts";
import { platformOperations } from "./operations/platform.ts";
import { sourceOperations } from "./operations/sources.ts";
import { teamOperations } from "./operations/teams.ts";
import { userOperations } from "./operations/users.ts";

/** Every public operation. The API, OpenAPI document, CLI, console client and authorization matrix are read from here. */
export const operations = {
  ...platformOperations,
  ...userOperations,
  ...teamOperations,
  ...dataCenterOperations,
  ...sourceOperations,
  ...applicationOperations,
  ...componentOperations,
  ...historyOperations,
  ...agentOperations,
};
export type OperationName = keyof typeof operations;
