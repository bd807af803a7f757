import { handler as agentListensHandler } from "../../functions/events/agent-listens.ts";
import { handler as agentPresenceHandler } from "../../functions/events/agent-presence.ts";
import { handler as builderEndedHandler } from "../../functions/events/builder-ended.ts";
import { handler as realtimeHandler } from "../../functions/realtime.ts";
import { handler as sweepOutboxHandler } from "../../functions/schedules/sweep-outbox.ts";
import { handler as sweepStorageHandler } from "../../functions/schedules/sweep-storage.ts";
import { handler as sweepWatchesHandler } from "../../functions/schedules/sweep-watches.ts";
import { handler as buildsHandler } from "../../functions/workers/builds.ts";
import { handler as choresHandler } from "../../functions/workers/chores.ts";
import { handler as noticesHandler } from "../../functions/workers/notices.ts";
import { asFunction } from "./judge.ts";

/** Deployed functions that no HTTP request reaches, as what serverless.yml calls them. */
export const agentListens = asFunction("agent-listens", agentListensHandler);
export const agentPresence = asFunction("agent-presence", agentPresenceHandler);
export const builderEnded = asFunction("builder-ended", builderEndedHandler);
export const realtime = asFunction("realtime", realtimeHandler);
export const sweepOutbox = asFunction("sweep-outbox", sweepOutboxHandler);
export const sweepStorage = asFunction("sweep-storage", sweepStorageHandler);
export const sweepWatches = asFunction("sweep-watches", sweepWatchesHandler);
export const workerBuilds = asFunction("worker-builds", buildsHandler);
export const workerChores = asFunction("worker-chores", choresHandler);
export const workerNotices = asFunction("worker-notices", noticesHandler);
