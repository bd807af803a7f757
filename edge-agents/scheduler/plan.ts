import type { DesiredChange } from "../../shared/contract/agent.ts";
import type { ComponentId } from "../../shared/contract/id.ts";

/** A generation of a component. */
export type Wanted = Pick<DesiredChange, "tenant" | "component" | "generation">;
export interface Desired {
  readonly wanted: readonly Wanted[];
  /** Components the cloud plane said are gone. */
  readonly gone: readonly ComponentId[];
  /** Whether `wanted` is everything that is wanted here. */
  readonly complete: boolean;
}
export type Running = Pick<Wanted, "component" | "generation">;
export type Step = ({ readonly kind: "apply" } & Wanted) | { readonly kind: "remove"; readonly component: ComponentId };

/**
 * Everything that separates the cluster from what is wanted, as data. What is not wanted is removed only if it was named as gone, or
 * if all that is wanted is known: an incomplete list proves nothing.
 */
export function plan(desired: Desired, observed: readonly Running[]): Step[] {
  const running = new Map(observed.map((r) => [r.component, r.generation]));
  const wanted = new Set(desired.wanted.map((w) => w.component));
  const gone = new Set(desired.gone);
  const removals = observed
    .filter((r) => gone.has(r.component) || (desired.complete && !wanted.has(r.component)))
    .map((r): Step => ({ kind: "remove", component: r.component }));
  const applications = desired.wanted
    .filter((w) => !gone.has(w.component) && isNews(w, running.get(w.component)))
    .map(({ tenant, component, generation }): Step => ({ kind: "apply", tenant, component, generation }));
  return [...removals, ...applications].sort((a, b) => a.component.localeCompare(b.component));
}

/** A stale copy of desired state must never move the cluster backwards. */
const isNews = (wanted: Wanted, running: number | undefined): boolean => running === undefined || wanted.generation > running;
