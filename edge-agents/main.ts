import { embeddedAgents } from "./embedded.ts";
import { logger } from "./runtime/log.ts";
import { settingsOf } from "./settings.ts";

embeddedAgents(settingsOf(process.env)).catch((error: unknown) => {
  logger.fatal({ error }, "the agents could not start");
  process.exitCode = 1;
  process.disconnect?.();
});
