import * as z from "zod";
import { agentCame, agentWent } from "../../shared/control/realtime/agent-presence.ts";
import { told } from "../_runtime/event.ts";

/** Of AWS IoT Core's lifecycle events, which come late, twice and out of order. */
const Told = z.looseObject({
  clientId: z.string(),
  eventType: z.enum(["connected", "disconnected"]),
  sessionIdentifier: z.string(),
  versionNumber: z.int(),
});

/** Agents that begin and end to listen at the broker. */
export const handler = told<unknown>("agentPresence", async (deps, news) => {
  const { broker } = deps.settings;
  if (!broker) return;
  const { clientId: client, eventType, sessionIdentifier: session, versionNumber: version } = Told.parse(news);
  const presence = { client, session, version };
  await (eventType === "connected" ? agentCame(deps, broker, presence) : agentWent(deps, broker, presence));
});
