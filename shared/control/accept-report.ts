import type * as z from "zod";
import { faultOf } from "../base/fault.ts";
import type { AgentReport } from "../contract/agent.ts";
import type { ReportedNode } from "../contract/data-center.ts";
import type { AgentId, DataCenterId } from "../contract/id.ts";
import { updateFor } from "../domain/data-center.ts";
import type { Tracer } from "../ports/tracer.ts";
import { systemCaller } from "./caller.ts";
import { commit, onConflictRetry } from "./change.ts";
import { type DataCenterRecord, dataCenterNodes, dataCenters, keyOf } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { isStanding, stateOf } from "./data-center-view.ts";
import { acceptBuilderWait, acceptBuildTask } from "./data-centers/builders.ts";
import { acceptNodeTask } from "./data-centers/change-node.ts";
import { publish } from "./effects.ts";
import { next, put, read } from "./entity.ts";
import { reportObservation, type Told } from "./report-observation.ts";
import { newestSequence } from "./serve-desired.ts";
import type { ImageDeps } from "./serve-images.ts";
import { forTeam } from "./tenant-scope.ts";

export interface Agent {
  readonly id: AgentId;
  readonly dataCenter: DataCenterId;
}

type Deps = Core & Pick<ImageDeps, "settings"> & { readonly tracer: Tracer };

/** Each component is a transaction of its own: a report that fails halfway is sent again and what was kept is not kept twice. */
export async function acceptReport(
  deps: Deps,
  agent: Agent,
  report: z.infer<typeof AgentReport>,
): Promise<{ cursor: number; agentUpdate: string | null; registry: string | null }> {
  await Promise.all(report.observations.map((observation) => acceptObservation(deps, { agent, observation })));
  const { capacity, capabilities, streamUrl, tools, agentVersion, preflight, nodes } = report;
  if (nodes) await keepNodes(deps, agent, nodes);
  for (const task of report.buildTasks ?? []) await acceptBuildTask(deps, agent, task);
  for (const wait of report.builderWaits ?? []) await acceptBuilderWait(deps, agent, wait);
  for (const task of report.nodeTasks ?? []) await acceptNodeTask(deps, agent, task);
  await seenAgent(deps, agent, {
    ...(capacity && { capacity, reportedAt: deps.clock.now().toISOString() }),
    ...(capabilities && { capabilities }),
    ...(streamUrl !== undefined && { streamUrl }),
    ...(tools && { tools }),
    ...(agentVersion !== undefined && { agentVersion }),
    ...(preflight && { preflight: { at: deps.clock.now().toISOString(), checks: preflight } }),
  });
  return {
    cursor: await newestSequence(deps, agent.dataCenter),
    agentUpdate: updateFor(agentVersion ?? null),
    registry: deps.settings.registry?.url ?? null,
  };
}

/** What follows from it goes on in the trace of the change that it tells of. */
async function acceptObservation(deps: Deps, told: Told): Promise<void> {
  const { tenant, component, trace: parent } = told.observation;
  const team = forTeam(deps, tenant);
  const span = parent === undefined ? undefined : deps.tracer.begin("reportObservation", { kind: "consumer", parent });
  try {
    await reportObservation(span ? { ...team, trace: span.trace } : team, told);
    span?.end({ tenant, component });
  } catch (error) {
    span?.end({ tenant, component }, faultOf(error).code);
    throw error;
  }
}

const keepNodes = (deps: Core, agent: Agent, nodes: readonly ReportedNode[]): Promise<void> =>
  onConflictRetry(deps, async () => {
    const { id, dataCenter } = agent;
    const before = await read(deps.table, dataCenterNodes, keyOf.dataCenterNodes(dataCenter));
    const generation = (before?.generation ?? 0) + 1;
    const row = { dataCenter, agent: id, at: deps.clock.now().toISOString(), nodes: [...nodes], generation };
    await deps.table.transact([put(dataCenterNodes, row)]);
  });

/** "Seen" to 20 s: a busy agent reports many times a second, and reads of the row should not lose against it. */
const seenMs = 20_000;

const seenAgent = (deps: Core, agent: Agent, facts: Partial<DataCenterRecord>): Promise<void> =>
  onConflictRetry(deps, async () => {
    const record = await read(deps.table, dataCenters, keyOf.dataCenter(agent.dataCenter));
    if (!record || record.agent !== agent.id) return;
    const now = deps.clock.now();
    const isSeen = record.lastSeenAt !== null && Math.abs(now.getTime() - Date.parse(record.lastSeenAt)) < seenMs;
    if ((isSeen || isStanding(record, now)) && Object.keys(facts).length === 0) return;
    await keepDataCenter(deps, record, { ...facts, lastSeenAt: now.toISOString() });
  });

/**
 * Kept, and told to the pages of its team if they show anything of it. One that the platform offers to everyone has no one team to tell.
 */
export async function keepDataCenter(
  deps: Core,
  before: DataCenterRecord,
  changes: Partial<DataCenterRecord>,
): Promise<DataCenterRecord> {
  const record = next(before, changes);
  const writes = [put(dataCenters, record)];
  const now = deps.clock.now();
  const { lastSeenAt: _s, connection: _c, connectedUntil: _u, ...shown } = changes;
  const isShown = Object.keys(shown).length > 0 || stateOf(before, now) !== stateOf(record, now);
  if (record.tenant === null || !isShown) {
    await deps.table.transact(writes);
    return record;
  }
  const commands = [publish(record.tenant, "data-center", record.id)];
  return commit(forTeam(deps, record.tenant), systemCaller(record.tenant, "agentReport"), { writes, commands }, record);
}
