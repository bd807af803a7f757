import type { ComponentId } from "../../contract/id.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ObservedWorkload } from "../../ports/cluster.ts";
import type { Usage } from "./pod.ts";
import { namespaceFor } from "./render/names.ts";
import { type ComponentFacts, judgementOf, observedOf } from "./observe.ts";

const unmeasured = { memoryBytes: null, cpuMillis: null };

/** What is wrong may get better without word of it: room on nodes, say. */
const troubleMs = 5_000;
/** How often those are told of that time alone may have made different. */
const tellMs = 15_000;

/** What is observed of each component, made anew once something that it follows from has changed: a look at ten thousand costs what has changed. */
export function sights(clock: Clock, changed: (component: ComponentId) => void) {
  const known = new Map<ComponentId, ObservedWorkload>();
  /** ms since the epoch; judged anew then, though nothing has happened. Of most there is no such time. */
  const ends = new Map<ComponentId, number>();
  const isPlaced = ({ instances, signals }: ObservedWorkload): boolean => instances.length > 0 || signals.length > 0;

  function forget(component: ComponentId): void {
    known.delete(component);
    ends.delete(component);
  }
  function made(component: ComponentId, facts: ComponentFacts): ObservedWorkload {
    const judgement = judgementOf(facts);
    const observed = observedOf(facts, judgement);
    const trouble = observed.signals.length > 0 ? facts.now.getTime() + troubleMs : Number.POSITIVE_INFINITY;
    const end = Math.min(judgement.wakeAt ?? Number.POSITIVE_INFINITY, trouble);
    forget(component);
    known.set(component, observed);
    if (end < Number.POSITIVE_INFINITY) ends.set(component, end);
    return observed;
  }
  const stopping = new AbortController();
  async function tell(): Promise<void> {
    for (;;) {
      await clock.sleep(tellMs, stopping.signal);
      if (stopping.signal.aborted) return;
      const now = clock.now().getTime();
      for (const [component, end] of ends) if (end <= now) changed(component);
    }
  }
  void tell();
  return {
    /** `factsOf` tells what is true now, or null when it cannot be read. */
    of(component: ComponentId, factsOf: () => ComponentFacts | null): ObservedWorkload | null {
      const before = known.get(component);
      const end = ends.get(component);
      if (before && (end === undefined || clock.now().getTime() < end)) return before;
      const facts = factsOf();
      return facts && made(component, facts);
    },
    forget,
    /** What instances use is known anew; nothing else follows from it. */
    remeasure(usageOf: (namespace: string, pod: string) => Usage | undefined): void {
      for (const [component, observed] of known) {
        const { tenant, instances } = observed;
        if (instances.length === 0) continue;
        const namespace = namespaceFor(tenant);
        const now = instances.map((instance) => ({ ...instance, ...(usageOf(namespace, instance.id) ?? unmeasured) }));
        known.set(component, { ...observed, instances: now });
      }
    },
    /** Nodes are no longer as they were. Answers whom that concerns. */
    forgetPlaced(): ComponentId[] {
      const placed = [...known.values()].filter(isPlaced).map(({ component }) => component);
      for (const component of placed) forget(component);
      return placed;
    },
    stop: () => stopping.abort(),
  };
}
