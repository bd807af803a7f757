import {
  agentOfClient,
  type Broker,
  brokerSessionSeconds,
  connectionOf,
  isLater,
  type Presence,
} from "../../domain/agent-place.ts";
import type { Connections } from "../../ports/connections.ts";
import type { Agent } from "../accept-report.ts";
import type { Core } from "../core.ts";
import { read } from "../entity.ts";
import { newestSequence } from "../serve-desired.ts";
import { agents } from "../tables.ts";
import { acceptAgent, dropAgent, sendToAgent } from "./agent-connection.ts";

type Deps = Core & { readonly connections: Connections };

/** A little more than a session lasts at most. */
const sessionMs = (brokerSessionSeconds + 120) * 1_000;

/**
 * An agent listens at the broker now. This may be told late: what was wanted since it opened its session found nobody to tell, so the agent
 * is told now how far desired state is.
 */
export async function agentCame(deps: Deps, broker: Broker, presence: Presence): Promise<void> {
  const agent = await agentIn(deps, broker, presence);
  if (!agent) return;
  const id = connectionOf(presence);
  const record = await acceptAgent(deps, agent, {
    id,
    ms: sessionMs,
    unless: ({ connection, connectedUntil }, now) =>
      !isLater(connection, presence, now.getTime() - (Date.parse(connectedUntil ?? "") - sessionMs)),
  });
  if (!record) return;
  const cursor = await newestSequence(deps, agent.dataCenter);
  if (cursor > 0) await sendToAgent(deps, record, { type: "desired", cursor });
}

/** Its session has ended; another may have taken its place. */
export async function agentWent(deps: Core, broker: Broker, presence: Presence): Promise<void> {
  const agent = await agentIn(deps, broker, presence);
  if (agent) await dropAgent(deps, agent, connectionOf(presence));
}

async function agentIn({ table }: Core, broker: Broker, { client }: Presence): Promise<Agent | undefined> {
  const id = agentOfClient(broker, client);
  const agent = id && (await read(table, agents, { pk: `agent#${id}`, sk: "agent" }));
  return agent && agent.revokedAt === null ? agent : undefined;
}
