import type { Workload } from "../../../contract/agent.ts";
import { slugUser } from "../../../domain/image/compose.ts";
import type { PodSecurity } from "./context.ts";

/** Slugs run as a user of ours, and volumes belong to a group of that number. Images run as they say; where the level is `restricted`, the node refuses those that say root. */
export const podSecurityContext = (artifact: Workload["artifact"], level: PodSecurity): object => ({
  ...(artifact.kind === "slug" && { runAsUser: slugUser, runAsGroup: slugUser }),
  ...((artifact.kind === "slug" || level === "restricted") && { runAsNonRoot: true }),
  fsGroup: slugUser,
  fsGroupChangePolicy: "OnRootMismatch",
  seccompProfile: { type: "RuntimeDefault" },
});

/** Programs may write beside their volumes, as anywhere; nothing else that a container could be more than a program. */
export const containerSecurityContext = {
  allowPrivilegeEscalation: false,
  privileged: false,
  readOnlyRootFilesystem: false,
  capabilities: { drop: ["ALL"] },
} as const;
