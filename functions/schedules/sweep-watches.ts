import { sweepChecks } from "../../shared/control/checks.ts";
import { sweepOperations } from "../../shared/control/expire-operation.ts";
import { sweepBuilds } from "../../shared/control/sweep-builds.ts";
import { schedule } from "../_runtime/schedule.ts";

/** Whatever must end some time and was left behind by a crash. */
export const handler = schedule("sweepWatches", async (deps) => [
  await sweepOperations(deps),
  await sweepBuilds(deps),
  await sweepChecks(deps),
]);
