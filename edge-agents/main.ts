import { systemClock } from "../shared/adapters/local/clock.ts";
import { strayVariables } from "../shared/domain/environment.ts";
import { logger } from "./runtime/log.ts";
import { settingsOf, type Settings } from "./settings.ts";

/** Each kind of agents loads what it needs alone: a client for Kubernetes takes half a second and 100 MB. */
async function start(settings: Settings): Promise<void> {
  if (settings.cluster === "kubernetes") {
    const { kubernetesAgents } = await import("./kubernetes.ts");
    return kubernetesAgents(settings, systemClock());
  }
  const { embeddedAgents } = await import("./embedded.ts");
  return embeddedAgents(settings);
}

for (const stray of strayVariables(process.env)) logger.warn(stray);
start(settingsOf(process.env)).catch((error: unknown) => {
  logger.fatal({ error }, "the agents could not start");
  process.exitCode = 1;
  if (process.disconnect) process.disconnect();
  else process.exit();
});
