import type { QuotaUse } from "../contract/quota.ts";

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
