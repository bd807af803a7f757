import type * as z from "zod";
import { sha256 } from "../base/digest.ts";
import { conflict, Fault } from "../base/fault.ts";
import type { AgentRegistered, AgentRegistration } from "../contract/agent.ts";
import { AgentId } from "../contract/id.ts";
import type { Tokens } from "../ports/tokens.ts";
import type { Write } from "../ports/table.ts";
import { onConflictRetry } from "./change.ts";
import { type DataCenterRecord, dataCenters, joinTokens, keyOf } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { next, put, read } from "./entity.ts";
import { agents } from "./tables.ts";

const refused = () =>
  new Fault("unauthenticated", "This join token is not known, was used already or has expired.", {
    next: "Ask the operator of the platform for a new one.",
    reason: "join-token.over",
  });

/** Trades a one-time token for a place in the data center. The agent's public key is all that proves it from here on. */
export const registerAgent = (
  deps: Core & { tokens: Tokens },
  registration: z.infer<typeof AgentRegistration>,
): Promise<z.infer<typeof AgentRegistered>> =>
  onConflictRetry(deps, async () => {
    const token = await read(deps.table, joinTokens, keyOf.joinToken(await sha256(registration.token)));
    const now = deps.clock.now();
    if (!token || Date.parse(token.expiresAt) <= now.getTime()) throw refused();
    if (token.usedBy !== null) return repeated(deps, token.usedBy, registration);
    const dataCenter = await read(deps.table, dataCenters, keyOf.dataCenter(token.dataCenter));
    if (!dataCenter) throw refused();
    if (dataCenter.kind !== registration.kind)
      throw conflict(
        "data-center.kind",
        `The data center ${dataCenter.name} is of kind ${dataCenter.kind}, the agent of kind ${registration.kind}.`,
        "Start the agent that fits, or use the token of another data center.",
      );
    const id = AgentId.parse(deps.ids.next("agt"));
    const { agentVersion, publicKey } = registration;
    await deps.table.transact([
      put(joinTokens, next(token, { usedBy: id })),
      put(agents, { id, dataCenter: dataCenter.id, publicKey, revokedAt: null, generation: 1 }),
      put(dataCenters, next(dataCenter, { agent: id, agentVersion, lastSeenAt: now.toISOString() })),
      ...(await replaced(deps, dataCenter, now)),
    ]);
    return { agent: id, dataCenter: dataCenter.id, cloudKey: await deps.tokens.publicKey() };
  });

/** An agent that never got its answer asks again with the same key; anyone else comes too late. */
async function repeated(
  deps: Core & { tokens: Tokens },
  id: AgentId,
  { publicKey }: z.infer<typeof AgentRegistration>,
): Promise<z.infer<typeof AgentRegistered>> {
  const agent = await read(deps.table, agents, { pk: `agent#${id}`, sk: "agent" });
  if (!agent || agent.revokedAt !== null || agent.publicKey.x !== publicKey.x) throw refused();
  return { agent: agent.id, dataCenter: agent.dataCenter, cloudKey: await deps.tokens.publicKey() };
}

/** Two agents of one data center would undo each other's work: the one before is refused from now on. */
async function replaced(deps: Core, dataCenter: DataCenterRecord, now: Date): Promise<Write[]> {
  const before = dataCenter.agent && (await read(deps.table, agents, { pk: `agent#${dataCenter.agent}`, sk: "agent" }));
  return before && before.revokedAt === null ? [put(agents, next(before, { revokedAt: now.toISOString() }))] : [];
}
