import { startCheck } from "../../shared/control/checks.ts";
import { giveUpBuild, startBuild } from "../../shared/control/start-build.ts";
import { forTeam } from "../../shared/control/tenant-scope.ts";
import { worker } from "../_runtime/worker.ts";

/** One less than the queue's: the last attempt must tell why, as nobody looks into the dead letters. */
const attemptsMax = 4;

export const handler = worker({
  startBuild: async (command, { deps, attempt }) => {
    if (attempt < attemptsMax) return startBuild(forTeam(deps, command.tenant), command);
    return giveUpBuild(forTeam(deps, command.tenant), command, {
      code: "build.not-started",
      message: "No builder could be started.",
      next: "Deploy again in a while; if it stays, the platform's operator finds the reason in its log.",
    });
  },
  startCheck: (command, { deps }) => startCheck(forTeam(deps, command.tenant), command),
});
