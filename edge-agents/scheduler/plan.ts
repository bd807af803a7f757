import type { Workload } from "../../shared/contract/agent.ts";
import type { ComponentId } from "../../shared/contract/id.ts";

export interface Desired {
  readonly workloads: readonly Workload[];
  /** Components the cloud plane said are gone. */
  readonly gone: readonly ComponentId[];
  /** Whether `workloads` is everything that is wanted here. */
  readonly complete: boolean;
  /** Components that are wanted and cannot be carried out: what runs of them goes on as it is. */
  readonly held: readonly ComponentId[];
}
export interface Running {
  readonly component: ComponentId;
  readonly workload: Workload;
}
export type Step =
  | { readonly kind: "apply"; readonly workload: Workload }
  | { readonly kind: "remove"; readonly component: ComponentId };

/**
 * Everything that separates the cluster from what is wanted, as data. What is not wanted is removed only if it was named as gone, or
 * if all that is wanted is known: an incomplete list proves nothing.
 */
export function plan(desired: Desired, observed: readonly Running[]): Step[] {
  const running = new Map(observed.map((r) => [r.component, r.workload]));
  const wanted = new Set([...desired.workloads.map((w) => w.component), ...desired.held]);
  const gone = new Set(desired.gone);
  const removals = observed
    .filter((r) => gone.has(r.component) || (desired.complete && !wanted.has(r.component)))
    .map((r): Step => ({ kind: "remove", component: r.component }));
  const applications = desired.workloads
    .filter((w) => !gone.has(w.component) && isNews(w, running.get(w.component)))
    .map((workload): Step => ({ kind: "apply", workload }));
  return [...removals, ...applications].sort((a, b) => componentOf(a).localeCompare(componentOf(b)));
}

/** A stale copy of desired state must never move the cluster backwards. */
const isNews = (wanted: Workload, running: Workload | undefined): boolean =>
  running === undefined || wanted.generation > running.generation;

export const componentOf = (step: Step): ComponentId => (step.kind === "remove" ? step.component : step.workload.component);
