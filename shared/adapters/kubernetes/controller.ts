import type { Workload } from "../../contract/agent.ts";
import type { Signal } from "../../domain/advice.ts";
import { timeOf } from "./container-signals.ts";
import { labels, nameFor } from "./render/names.ts";
import type { KubernetesObject } from "./object.ts";
import { refusalSignals } from "./place-signals.ts";
import type { Controller } from "./rollout.ts";
import {
  type ClusterEvent,
  conditionOf,
  type DaemonSet,
  type Deployment,
  isTrue,
  type Job,
  msOf,
  type Pod,
  type StatefulSet,
} from "./shapes.ts";

/** What makes pods of one component, as it is now; at most one of each kind, jobs excepted. */
export interface Makers {
  readonly deployment: Deployment | undefined;
  readonly statefulSet: StatefulSet | undefined;
  readonly daemonSet: DaemonSet | undefined;
  readonly jobs: readonly Job[];
  readonly cronJob: KubernetesObject | undefined;
}

interface Observed extends KubernetesObject {
  readonly spec: { readonly template: { readonly metadata?: { readonly labels?: Readonly<Record<string, string>> } } };
  readonly status?: { readonly observedGeneration?: number };
}
const isCurrent = (maker: Observed, revision: string): boolean =>
  maker.spec.template.metadata?.labels?.[labels.revision] === revision &&
  (maker.status?.observedGeneration ?? 0) >= (maker.metadata.generation ?? 0);

/** A refusal counts while no pod has been made after it. */
function refusedBy(events: readonly ClusterEvent[], pods: readonly Pod[]): Controller["refused"] {
  const newest = Math.max(0, ...pods.map((p) => msOf(p.metadata.creationTimestamp) ?? 0));
  const refusals = events.filter((e) => e.reason === "FailedCreate" && timeOf(e) > newest);
  const last = refusals.at(-1);
  if (!last) return null;
  const since = Math.min(...refusals.map((e) => msOf(e.firstTimestamp) ?? timeOf(e)));
  return { since: Math.max(since, newest), signals: refusalSignals(last.message ?? "") };
}
/** A Deployment says it itself, and when it is over. */
function deploymentRefusal(deployment: Deployment): Controller["refused"] {
  const failure = conditionOf(deployment, "ReplicaFailure");
  if (!isTrue(failure)) return null;
  const signals: Signal[] = refusalSignals(failure?.message ?? "");
  return { since: msOf(failure?.lastTransitionTime) ?? 0, signals };
}

export interface MadeBy {
  readonly workload: Workload;
  readonly revision: string;
  readonly makers: Makers;
  /** Warnings about whatever makes its pods, oldest first. */
  readonly events: readonly ClusterEvent[];
  readonly pods: readonly Pod[];
}

/** The job of a revision; each has its own. */
export const jobOf = (jobs: readonly Job[], revision: string): Job | undefined =>
  jobs.find((job) => job.spec.template.metadata?.labels?.[labels.revision] === revision);

function jobController({ makers, revision, events, pods }: MadeBy): Controller | null {
  const job = jobOf(makers.jobs, revision);
  if (!job) return null;
  const outcome = isTrue(conditionOf(job, "Complete")) ? "succeeded" : isTrue(conditionOf(job, "Failed")) ? "failed" : null;
  return { current: true, wanted: 1, outcome, refused: refusedBy(events, pods) };
}

/** The state of what makes the pods of a workload; null while there is nothing that does. */
export function controllerOf(made: MadeBy): Controller | null {
  const { workload, revision, makers, events, pods } = made;
  const { kind, replicas, scaling } = workload.configuration;
  const plain = { outcome: null, refused: refusedBy(events, pods) };
  switch (kind) {
    case "stateless": {
      const { deployment } = makers;
      if (!deployment) return null;
      // With a scaling policy the number is the autoscaler's.
      const wanted =
        scaling && workload.wanted === "running" ? Math.max(scaling.replicasMin, deployment.spec.replicas ?? 1) : replicas;
      return { ...plain, current: isCurrent(deployment, revision), wanted, refused: deploymentRefusal(deployment) };
    }
    case "stateful":
      return makers.statefulSet ? { ...plain, current: isCurrent(makers.statefulSet, revision), wanted: replicas } : null;
    case "daemon": {
      const { daemonSet } = makers;
      if (!daemonSet) return null;
      return { ...plain, current: isCurrent(daemonSet, revision), wanted: daemonSet.status?.desiredNumberScheduled ?? 0 };
    }
    case "job":
      return jobController(made);
    case "cron":
      return makers.cronJob ? { ...plain, current: true, wanted: 0 } : null;
  }
}

/** Whether an event is about what makes this component's pods: itself, or a ReplicaSet of it. */
export const isAboutMaker = (e: ClusterEvent, workload: Workload): boolean => {
  const name = e.involvedObject.name ?? "";
  const own = nameFor(workload.component);
  return e.involvedObject.kind !== "Pod" && (name === own || name.startsWith(`${own}-`));
};
