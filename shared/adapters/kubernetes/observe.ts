import type { Workload } from "../../contract/agent.ts";
import { sameOf } from "../../base/same.ts";
import type { Step } from "../../contract/release.ts";
import type { Signal } from "../../domain/advice.ts";
import { hasExclusive } from "../../domain/configuration.ts";
import { advance } from "../../domain/timeline.ts";
import type { ClusterInstance, ObservedWorkload, ShownWorkload } from "../../ports/cluster.ts";
import { containerSignals, timeOf } from "./container-signals.ts";
import { controllerOf, isAboutMaker, type Makers } from "./controller.ts";
import { labels } from "./render/names.ts";
import { lostNodeOf, placeSignals } from "./place-signals.ts";
import { endpointsOf, instanceOf, isGone, isLeaving, isOver, isReady, type Usage } from "./pod.ts";
import type { ComponentRecord } from "./record.ts";
import { revisionOf } from "./revision.ts";
import { type Controller, goalOf, isRunning, type Judgement, judge } from "./rollout.ts";
import type { Claim, ClusterEvent, Node, Pod } from "./shapes.ts";

/** All that is known of one component. */
export interface ComponentFacts {
  readonly record: ComponentRecord;
  readonly makers: Makers;
  /** Its pods. */
  readonly pods: readonly Pod[];
  readonly claims: readonly Claim[];
  /** Warnings in its namespace. */
  readonly events: readonly ClusterEvent[];
  readonly nodes: readonly Node[];
  /** Pods of others too, as far as they are known: they take room. */
  readonly allPods: () => readonly Pod[];
  readonly usage: (pod: Pod) => Usage | undefined;
  readonly logs: (pod: Pod) => ClusterInstance["logs"];
  readonly endedLogs: ObservedWorkload["endedLogs"];
  readonly now: Date;
  /** See `Outages`. */
  readonly calmAt: number;
}

const revisionOfPod = (pod: Pod): string => pod.metadata.labels?.[labels.revision] ?? "";
const byAge = (a: Pod, b: Pod): number =>
  (a.metadata.creationTimestamp ?? "").localeCompare(b.metadata.creationTimestamp ?? "") ||
  a.metadata.name.localeCompare(b.metadata.name);

/** Told to go, which its node does not hear: it may run on there until the node is back, or is no part of the cluster any more. */
const isStranded = (pod: Pod, { nodes }: ComponentFacts): boolean => isLeaving(pod) && lostNodeOf(pod, nodes) !== undefined;
/** Whether nothing takes the place of an instance before its end is known. */
const isHandedOver = ({ configuration }: Workload): boolean => configuration.kind === "stateful" || hasExclusive(configuration);
const isAwaited = ({ record }: ComponentFacts, goal: Workload): boolean =>
  record.removing || !isRunning(goal) || isHandedOver(goal);

/** Those of which anything can be said. A daemon's belong to their nodes: where one is lost, so are they. */
function reachedPods(facts: ComponentFacts, goal: Workload): readonly Pod[] {
  const { pods, nodes } = facts;
  if (isAwaited(facts, goal)) return pods;
  const isLost = (pod: Pod): boolean => lostNodeOf(pod, nodes) !== undefined;
  return pods.filter((pod) => !(goal.configuration.kind === "daemon" ? isLost(pod) : isStranded(pod, facts)));
}
/** A daemon is wanted on as many nodes less as are lost; of those that are left one has to show that it runs. */
function withoutLost(controller: Controller | null, { pods, nodes }: ComponentFacts, goal: Workload): Controller | null {
  if (controller === null || goal.configuration.kind !== "daemon") return controller;
  const lost = new Set(pods.flatMap((pod) => lostNodeOf(pod, nodes) ?? [])).size;
  return { ...controller, wanted: Math.max(Math.min(1, controller.wanted), controller.wanted - lost) };
}

export function judgementOf(facts: ComponentFacts): Judgement {
  const { record, makers, pods, events } = facts;
  const goal = goalOf(record);
  const about = events.filter((e) => isAboutMaker(e, goal)).sort((a, b) => timeOf(a) - timeOf(b));
  const controller = controllerOf({ workload: goal, revision: revisionOf(goal), makers, events: about, pods });
  return judge({
    record,
    revision: revisionOf(record.workload),
    settledRevision: record.settled && revisionOf(record.settled),
    controller: withoutLost(controller, facts, goal),
    pods: reachedPods(facts, goal).map((pod) => ({ pod, revision: revisionOfPod(pod) })),
    now: facts.now.getTime(),
  });
}

/**
 * Until when instances that serve are not replaced, ms since the epoch: right after an outage of the API server requests go on being sent to those that
 * are gone. null: nothing waits.
 */
export function heldUntil({ record, now, calmAt }: ComponentFacts): number | null {
  const { workload, settled } = record;
  const isReplacing = settled !== null && goalOf(record) === workload && revisionOf(settled) !== revisionOf(workload);
  return isReplacing && settled.configuration.ports.length > 0 && now.getTime() < calmAt ? calmAt : null;
}

const healthOf = ({ configuration: { health, ports } }: Workload): { path: string; port: number | undefined } => ({
  path: health.path,
  port: health.port ?? ports[0]?.port,
});

/** One signal per code: the first instance that shows it speaks for all. */
const distinct = (signals: readonly Signal[]): Signal[] =>
  signals.filter((s, at) => signals.findIndex((t) => t.code === s.code) === at);

const runOf = (pod: Pod): string | undefined => pod.metadata.ownerReferences?.find(({ kind }) => kind === "Job")?.uid;
/** Whether how a pod's containers are is no news any more: another has taken its place, or ended well after it. `all`: oldest first. */
function isPast(pod: Pod, all: readonly Pod[], { configuration: { kind } }: Workload): boolean {
  if (kind !== "job" && kind !== "cron") return isOver(pod);
  const newest = all.at(-1);
  if (newest && runOf(pod) !== runOf(newest)) return true;
  return all.some((other) => runOf(other) === runOf(pod) && other.status?.phase === "Succeeded");
}

/** What waits for a node that does not answer. */
function strandedSignals(facts: ComponentFacts, goal: Workload): Signal[] {
  if (!isAwaited(facts, goal)) return [];
  const stranded = facts.pods.filter((pod) => isStranded(pod, facts));
  return stranded.map((pod) => ({ code: "instance.stranded", detail: { node: pod.spec.nodeName ?? "" } }));
}

/** What is wrong with the instances that should run now. */
export function signalsOf(facts: ComponentFacts): Signal[] {
  const { record, events, nodes, allPods, claims, pods, makers } = facts;
  const goal = goalOf(record);
  const stranded = strandedSignals(facts, goal);
  if (!isRunning(goal)) return distinct([...(record.rejected?.signals ?? []), ...stranded]);
  const sorted = [...events].sort((a, b) => timeOf(a) - timeOf(b));
  const eventsOf = (name: string): ClusterEvent[] => sorted.filter((e) => e.involvedObject.name === name);
  const world = { nodes, pods: allPods, claims, eventsOf };
  const revision = revisionOf(goal);
  const mine = [...pods].sort(byAge).filter((pod) => revisionOfPod(pod) === revision && !isLeaving(pod));
  const controller = controllerOf({
    workload: goal,
    revision,
    makers,
    events: sorted.filter((e) => isAboutMaker(e, goal)),
    pods,
  });
  // Of a schedule nobody knows how many there should be: none is made after the last refusal.
  const missing =
    goal.configuration.kind === "cron" || mine.filter((pod) => !isOver(pod) && isReady(pod)).length < (controller?.wanted ?? 0);
  return distinct([
    ...(record.rejected?.signals ?? []),
    ...(heldUntil(facts) === null ? [] : [{ code: "cluster.was-away", detail: {} }]),
    ...stranded,
    ...(missing ? (controller?.refused?.signals ?? []) : []),
    ...mine.flatMap((pod) => [
      ...(isPast(pod, mine, goal) ? [] : containerSignals(pod, eventsOf(pod.metadata.name), healthOf(goal))),
      ...placeSignals(pod, world),
    ]),
  ]);
}

/** While instances of two releases are ready, the one that has served as wanted takes traffic. */
function servingOf(record: ComponentRecord, pods: readonly Pod[], phase: Judgement["phase"]): ObservedWorkload["serving"] {
  const { kind } = record.workload.configuration;
  // Nothing of these takes traffic: done as wanted is as near as they come to it.
  if (kind === "job" || kind === "cron")
    return phase === "settled" && isRunning(record.workload) ? record.workload.release : null;
  const ready = pods.filter(isReady);
  const settled = record.settled && revisionOf(record.settled);
  if (record.settled && ready.some((pod) => revisionOfPod(pod) === settled)) return record.settled.release;
  const known = [record.workload].find((w) => ready.some((pod) => revisionOfPod(pod) === revisionOf(w)));
  return known?.release ?? null;
}

/** Pods that have ended for good are instances of a job; those of others have been replaced. */
const isShown = (pod: Pod, workload: Workload): boolean =>
  (!isOver(pod) && !isGone(pod)) || workload.configuration.kind === "job" || workload.configuration.kind === "cron";

/** What a data center has of different ones: some hundreds. */
const same = sameOf(2_000);
const none: never[] = [];
const orNone = <T>(list: T[]): T[] => (list.length === 0 ? none : list);
/** Of steps that were not taken there are only so many; times are each one's own. */
const timelineOf = (steps: readonly Step[]): Step[] =>
  steps.map((step) => (step.startedAt === null && step.endedAt === null ? same(step) : step));

function shownOf(w: Workload): ShownWorkload {
  const { tenant, application, applicationName, component, componentName, generation, release, releaseNumber, hosts, wanted } = w;
  const { kind, ports, replicas } = w.configuration;
  return {
    tenant,
    application,
    applicationName,
    component,
    componentName,
    generation,
    release,
    releaseNumber,
    hosts: orNone(hosts),
    wanted,
    ...(w.limits && { limits: same(w.limits) }),
    configuration: same({ kind, ports, replicas }),
  };
}

export function observedOf(facts: ComponentFacts, judgement = judgementOf(facts)): ObservedWorkload {
  const { record, now, usage, logs, endedLogs } = facts;
  const { workload } = record;
  const phase = record.removing ? "progressing" : judgement.phase;
  const ports = workload.configuration.ports.map((p) => p.port);
  const instances = [...facts.pods].sort(byAge).flatMap((pod) => {
    const instance = isShown(pod, workload) ? instanceOf(pod, labels, usage(pod), now.toISOString()) : null;
    return instance ? [{ ...instance, endpoints: isOver(pod) ? [] : endpointsOf(pod, ports), logs: logs(pod) }] : [];
  });
  return {
    component: workload.component,
    tenant: workload.tenant,
    generation: workload.generation,
    phase,
    serving: servingOf(record, facts.pods, judgement.phase),
    steps: timelineOf(advance(record.steps, judgement.progress, now)),
    signals: orNone(signalsOf(facts)),
    instances: orNone(instances),
    endedLogs,
    workload: shownOf(workload),
  };
}
