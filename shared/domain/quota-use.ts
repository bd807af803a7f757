import type { Workload } from "../contract/agent.ts";
import type { TenantId } from "../contract/id.ts";
import type { QuotaUse, TeamLimits } from "../contract/quota.ts";

export type Standing = "free" | "near" | "full";
/** From here on a person should know before they are refused. */
const nearShare = 0.9;
/** What is over these waits, or is told to, and goes on. */
const waits = ["buildsAtOnce", "checksAtOnce", "requestsPerSecond"];

/** Whether a limit stops the team already, or will soon. */
export function standingOf({ name, limit, used }: QuotaUse["items"][number]): Standing {
  if (used === null || waits.includes(name)) return "free";
  if (used >= limit) return "full";
  return used >= limit * nearShare ? "near" : "free";
}

/** The newest that a data center was told of a team; undefined: nothing yet. */
export const limitsAmong = (
  workloads: readonly Pick<Workload, "tenant" | "limits">[],
  tenant: TenantId,
): TeamLimits | undefined =>
  workloads
    .flatMap((workload) => (workload.tenant === tenant && workload.limits ? [workload.limits] : []))
    .reduce<TeamLimits | undefined>((newest, one) => (newest && newest.generation >= one.generation ? newest : one), undefined);
