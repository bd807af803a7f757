import * as z from "zod";
import { BuildId, CheckId, TenantId } from "../../shared/contract/id.ts";
import { lookAtCheck } from "../../shared/control/checks.ts";
import { lookAtBuild } from "../../shared/control/sweep-builds.ts";
import { forTeam } from "../../shared/control/tenant-scope.ts";
import { event } from "../_runtime/event.ts";

/** Of "ECS Task State Change", as shared/adapters/aws/builds.ts names its tasks. */
const Ended = z.looseObject({ group: TenantId, startedBy: z.union([BuildId, CheckId]) });

/** A builder that ended without a word is noticed at once, not with the next sweep. Tasks of others are none of ours. */
export const handler = event("builderEnded", async (deps, detail) => {
  const task = Ended.safeParse(detail).data;
  if (!task) return;
  const check = CheckId.safeParse(task.startedBy).data;
  const team = forTeam(deps, task.group);
  if (check) await lookAtCheck(team, task.group, check);
  else await lookAtBuild(team, task.group, BuildId.parse(task.startedBy));
});
