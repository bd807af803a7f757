import type * as z from "zod";
import { sha256 } from "../base/digest.ts";
import type { AgentRegistered, AgentRegistration } from "../contract/agent.ts";
import { AgentId } from "../contract/id.ts";
import { readCredential } from "../domain/credential.ts";
import { type JoinRefusal, joinRefusal, objectionToAgent } from "../domain/join.ts";
import type { Write } from "../ports/table.ts";
import type { Tokens } from "../ports/tokens.ts";
import { actingCaller } from "./caller.ts";
import { commit, onConflictRetry } from "./change.ts";
import { type DataCenterRecord, dataCenters, type JoinToken, joinTokens, keyOf } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { deadToken, refuse } from "./data-centers/join-token.ts";
import { publish } from "./effects.ts";
import { next, put, read } from "./entity.ts";
import { agents } from "./tables.ts";
import { forTeam } from "./tenant-scope.ts";

type Registration = z.infer<typeof AgentRegistration>;
type Registered = z.infer<typeof AgentRegistered>;
type Deps = Core & { readonly tokens: Tokens };

/**
 * Trades a one-time token for a place in the data center. The agent's public key is all that proves it from here on. Whoever is turned
 * away with a token that we know is told of on the data center's page, in the same words. `address`: where the request came from.
 */
export const registerAgent = (deps: Deps, registration: Registration, address = ""): Promise<Registered> =>
  onConflictRetry(deps, async () => {
    if (readCredential(registration.token) === "typo") throw refuse(joinRefusal("join.token-typo"));
    const token = await read(deps.table, joinTokens, keyOf.joinToken(await sha256(registration.token)));
    const dataCenter = token && (await read(deps.table, dataCenters, keyOf.dataCenter(token.dataCenter)));
    if (!token || !dataCenter) throw refuse(joinRefusal("join.token-unknown"));
    const again = token.usedBy === null ? undefined : await repeated(deps, token.usedBy, registration);
    if (again) return again;
    const refusal = refusalFor(token, dataCenter, registration, deps.clock.now());
    if (refusal === null) return admitted(deps, { token, dataCenter, registration });
    await note(deps, dataCenter, { refusal, registration, address });
    throw refuse(refusal);
  });

function refusalFor(token: JoinToken, dataCenter: DataCenterRecord, r: Registration, now: Date): JoinRefusal | null {
  if (token.usedBy !== null) return joinRefusal("join.token-used");
  const dead = deadToken(token, now);
  if (dead) return dead;
  if (dataCenter.kind !== r.kind) return joinRefusal("join.kind", { dataCenter: dataCenter.kind, agent: r.kind });
  return objectionToAgent(r, now);
}

async function admitted(
  deps: Deps,
  asked: { token: JoinToken; dataCenter: DataCenterRecord; registration: Registration },
): Promise<Registered> {
  const { token, dataCenter, registration } = asked;
  const id = AgentId.parse(deps.ids.next("agt"));
  const { agentVersion, publicKey, preflight } = registration;
  const now = deps.clock.now();
  const at = now.toISOString();
  const joined = next(dataCenter, {
    agent: id,
    agentVersion,
    lastSeenAt: at,
    joinToken: dataCenter.joinToken?.hash === token.hash ? null : dataCenter.joinToken,
    refusal: null,
    revokedAt: null,
    // Of the agent before: its end would not be taken from it any more.
    connection: null,
    connectedUntil: null,
    ...(preflight && { preflight: { at, checks: preflight } }),
  });
  const writes = [
    put(joinTokens, next(token, { usedBy: id })),
    put(agents, { id, dataCenter: dataCenter.id, publicKey, revokedAt: null, generation: 1 }),
    put(dataCenters, joined),
    ...(await replaced(deps, dataCenter, now)),
  ];
  await keep(deps, dataCenter, writes, { agent: id, agentVersion });
  return { agent: id, dataCenter: dataCenter.id, cloudKey: await deps.tokens.publicKey() };
}

/** A team's own data center has a log of what was done, and pages that look at it. */
async function keep(
  deps: Core,
  { tenant, id, agent: before }: DataCenterRecord,
  writes: readonly Write[],
  joined?: { readonly agent: AgentId; readonly agentVersion: string },
): Promise<void> {
  if (tenant === null) return deps.table.transact(writes);
  const caller = actingCaller(tenant, { kind: "agent", id: joined?.agent ?? id, name: "agent" }, "agentRegister");
  const audit = joined && { subject: id, changes: [{ path: "agent", before, after: joined }] };
  return commit(
    forTeam(deps, tenant),
    caller,
    { writes, commands: [publish(tenant, "data-center", id)], ...(audit && { audit }) },
    undefined,
  );
}

/** Agents ask every few seconds: the same words again are no news for so long. */
const sameNewsMs = 20_000;
async function note(
  deps: Core,
  dataCenter: DataCenterRecord,
  told: { refusal: JoinRefusal; registration: Registration; address: string },
): Promise<void> {
  const now = deps.clock.now();
  const { refusal: before } = dataCenter;
  if (before?.code === told.refusal.code && now.getTime() - Date.parse(before.at) < sameNewsMs) return;
  const at = now.toISOString();
  const { preflight } = told.registration;
  const refusal = { at, ...told.refusal, address: told.address };
  const isJoining = dataCenter.agent === null && preflight !== undefined;
  const after = next(dataCenter, { refusal, ...(isJoining && { preflight: { at, checks: preflight } }) });
  await keep(deps, dataCenter, [put(dataCenters, after)]);
}

/** An agent that never got its answer asks again with the same key. Who sends its request again gets what it says, and no key. */
async function repeated(deps: Deps, id: AgentId, { publicKey }: Registration): Promise<Registered | undefined> {
  const agent = await read(deps.table, agents, { pk: `agent#${id}`, sk: "agent" });
  if (!agent || agent.revokedAt !== null || agent.publicKey.x !== publicKey.x) return undefined;
  return { agent: agent.id, dataCenter: agent.dataCenter, cloudKey: await deps.tokens.publicKey() };
}

/** Two agents of one data center would undo each other's work: the one before is refused from now on. */
async function replaced(deps: Core, dataCenter: DataCenterRecord, now: Date): Promise<Write[]> {
  const before = dataCenter.agent && (await read(deps.table, agents, { pk: `agent#${dataCenter.agent}`, sk: "agent" }));
  return before && before.revokedAt === null ? [put(agents, next(before, { revokedAt: now.toISOString() }))] : [];
}
