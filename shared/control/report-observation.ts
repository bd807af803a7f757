import type { Observation } from "../contract/agent.ts";
import type { AgentId, DataCenterId } from "../contract/id.ts";
import type { Operation } from "../contract/operation.ts";
import { isFinished } from "../domain/operation.ts";
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
import { goneComponent } from "./remove-component.ts";

interface Told {
  readonly agent: { readonly id: AgentId; readonly dataCenter: DataCenterId };
  readonly observation: Observation;
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
    if (!record || record.dataCenter !== agent.dataCenter || isOld(status, told)) return;
    const kept: Effects = {
      writes: [put(statuses, { tenant, component, agent: agent.id, observation, generation: (status?.generation ?? 0) + 1 })],
      commands: [publish(tenant, "component", component)],
    };
    const caller = actingCaller(tenant, { kind: "agent", id: agent.id, name: "agent" }, "agentReport");
    await commit(deps, caller, await withConsequences(deps, record, observation, kept), undefined);
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
