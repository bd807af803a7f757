import type * as z from "zod";
import type { AgentReport, Observation } from "../contract/agent.ts";
import type { AgentId, DataCenterId } from "../contract/id.ts";
import type { Operation } from "../contract/operation.ts";
import { isNoNews } from "../domain/news.ts";
import { isFinished, mergedSteps } from "../domain/operation.ts";
import { actingCaller } from "./caller.ts";
import { commit, onConflictRetry } from "./change.ts";
import {
  type ComponentRecord,
  components,
  keyOf,
  type ReleaseRecord,
  releases,
  type StatusRow,
  statuses,
} from "./component-tables.ts";
import type { Core } from "./core.ts";
import { type Effects, noEffects, publish, together } from "./effects.ts";
import { movedOperation, newestOf, openOperation } from "./end-operation.ts";
import { next, put, read } from "./entity.ts";
import { fallBack, fallBackOf } from "./fall-back.ts";
import { arrived, forgottenPlace, stayed, switched } from "./move-component.ts";
import { goneComponent } from "./remove-component.ts";

export interface Told {
  readonly agent: { readonly id: AgentId; readonly dataCenter: DataCenterId };
  readonly observation: z.infer<typeof AgentReport>["observations"][number];
}

/** What a data center says of one component: kept unless something newer is, and it ends the operation that it fulfils. */
export const reportObservation = (deps: Core, told: Told): Promise<void> =>
  onConflictRetry(deps, async () => {
    const { agent, observation } = told;
    const { tenant, component } = observation;
    const [record, status] = await Promise.all([
      read(deps.table, components, keyOf.component(tenant, component)),
      read(deps.table, statuses, keyOf.status(tenant, component)),
    ]);
    const set =
      record?.dataCenter === agent.dataCenter
        ? await ofItsPlace(deps, record, status, told)
        : await ofAnotherPlace(deps, record, status, told);
    if (set.writes.length === 0) return;
    const caller = actingCaller(tenant, { kind: "agent", id: agent.id, name: "agent" }, "agentReport");
    await commit(deps, caller, set, undefined);
  });

async function ofItsPlace(deps: Core, record: ComponentRecord, status: StatusRow | undefined, told: Told): Promise<Effects> {
  const { observation } = told;
  if (isOld(status, told)) return noEffects;
  if (record.moving?.phase === "starting") return whileStarting(deps, record, status, told);
  if (status?.agent === told.agent.id && observation.repeated && isNoNews(status.observation, observation)) return noEffects;
  const moved = JSON.stringify(status?.observation.addresses ?? []) === JSON.stringify(observation.addresses);
  const kept = keptStatus(status, told);
  return together(await withConsequences(deps, record, observation, kept), moved ? noEffects : readdressed(record));
}

const keptStatus = (status: StatusRow | undefined, { agent, observation }: Told): Effects => {
  const { tenant, component } = observation;
  return {
    writes: [put(statuses, { tenant, component, agent: agent.id, observation, generation: (status?.generation ?? 0) + 1 })],
    commands: [publish(tenant, "component", component)],
  };
};

/** A new place that does not serve yet: what is shown is still the old one. */
async function whileStarting(deps: Core, record: ComponentRecord, status: StatusRow | undefined, told: Told): Promise<Effects> {
  const { observation } = told;
  if (observation.generation < record.desired) return noEffects;
  const at = deps.clock.now().toISOString();
  const open = await openOperation(deps, record);
  if (observation.phase === "settled") {
    const merged = open && { ...open, state: "running" as const, steps: mergedSteps(open.steps, observation.steps) };
    return together(keptStatus(status, told), await switched(deps, record, merged));
  }
  const moved = open && movedOperation(open, { kind: "observed", observation, at, fallsBackTo: null });
  if (observation.phase !== "failed" || !moved) return moved ?? noEffects;
  return together(moved, await stayed(deps, { ...record, newest: newestOf(moved.operation) }));
}

/** From a place it is leaving, has left, or is only being shown from while it starts elsewhere. */
async function ofAnotherPlace(
  deps: Core,
  record: ComponentRecord | undefined,
  status: StatusRow | undefined,
  told: Told,
): Promise<Effects> {
  const { agent, observation } = told;
  const { component, generation, phase } = observation;
  const isFrom = record?.moving?.from === agent.dataCenter;
  if (phase === "removed") {
    const forgotten = await forgottenPlace(deps, { dataCenter: agent.dataCenter, component, generation });
    const isOver = isFrom && record.moving?.phase === "leaving" && forgotten.writes.length > 0;
    return isOver ? together(forgotten, await arrived(deps, record)) : forgotten;
  }
  return isFrom && record.moving?.phase === "starting" && !isOld(status, told) ? keptStatus(status, told) : noEffects;
}

/** P10: who depends on it from another data center reaches it at its address, which is another one now. Who that is, is looked at once this is written. */
const readdressed = ({ tenant, id: component }: ComponentRecord): Effects => ({
  writes: [],
  commands: [{ kind: "rebindDependents", version: 1, tenant, component }],
});

/** An agent that joined anew counts from 1 again. */
const isOld = (status: StatusRow | undefined, { agent, observation }: Told): boolean =>
  status !== undefined && status.agent === agent.id && observation.sequence <= status.observation.sequence;

async function withConsequences(deps: Core, record: ComponentRecord, observation: Observation, kept: Effects): Promise<Effects> {
  const at = deps.clock.now().toISOString();
  const open = await openOperation(deps, record);
  const moved =
    open && movedOperation(open, { kind: "observed", observation, at, fallsBackTo: fallBackOf(record)?.number ?? null });
  // The status row goes with the rest of the component.
  if (record.removing && observation.phase === "removed") return together(moved ?? noEffects, goneComponent(record));
  const release = await judgedRelease(deps, record, observation);
  const operation = moved?.operation;
  const isNews = operation !== undefined && operation.state !== record.newest?.state;
  if (!isNews && !release) return together(kept, moved ?? noEffects);
  const changed = next(record, { ...(isNews && { newest: newestOf(operation) }) });
  return together(kept, moved ?? noEffects, await settled(deps, changed, { release, operation }));
}

interface Judged {
  readonly release: ReleaseRecord;
  readonly outcome: "deployed" | "failed";
}

/** What the observation decides about the release that should run, if that was open or has changed. */
async function judgedRelease(deps: Core, record: ComponentRecord, o: Observation): Promise<Judged | undefined> {
  if (!record.release || o.generation < record.desired) return undefined;
  const outcome = outcomeOf(record, o);
  if (!outcome || (outcome === "deployed" && record.deployed?.id === record.release.id)) return undefined;
  const release = await read(deps.table, releases, keyOf.release(record.tenant, record.id, record.release.number));
  return release && release.outcome !== outcome && !(outcome === "failed" && release.outcome === "deployed")
    ? { release, outcome }
    : undefined;
}

/** A stopped component settles without having been healthy. */
function outcomeOf(record: ComponentRecord, o: Observation): Judged["outcome"] | undefined {
  if (o.phase === "settled" && o.serving === record.release?.id) return "deployed";
  return o.phase === "failed" ? "failed" : undefined;
}

async function settled(
  deps: Core,
  record: ComponentRecord,
  facts: { release: Judged | undefined; operation: Operation | undefined },
): Promise<Effects> {
  const { release: judged, operation } = facts;
  if (!judged) return { ...noEffects, writes: [put(components, record)] };
  const marked: Effects = {
    ...noEffects,
    writes: [put(releases, next(judged.release, { outcome: judged.outcome }))],
  };
  if (judged.outcome === "deployed") {
    const { id, number } = judged.release;
    const deployed = { id, number, replicas: record.replicas };
    return together(marked, { ...noEffects, writes: [put(components, { ...record, deployed })] });
  }
  // Another operation under way has its own idea of what should run.
  const isFree = operation === undefined || isFinished(operation.state);
  const back = isFree ? await fallBack(deps, record) : undefined;
  return together(marked, back ?? { ...noEffects, writes: [put(components, record)] });
}
