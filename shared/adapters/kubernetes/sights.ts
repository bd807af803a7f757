import type { ComponentId } from "../../contract/id.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ObservedWorkload } from "../../ports/cluster.ts";
import type { Usage } from "./pod.ts";
import { namespaceFor } from "./render/names.ts";
import { type ComponentFacts, judgementOf, observedOf } from "./observe.ts";

interface Sight {
  readonly observed: ObservedWorkload;
  /** ms since the epoch; judged anew then, though nothing has happened. */
  readonly until: number;
}

const unmeasured = { memoryBytes: null, cpuMillis: null };

/** What is wrong may get better without word of it: room on nodes, say. */
const troubleMs = 5_000;

/** What is observed of each component, made anew once something that it follows from has changed: a look at ten thousand costs what has changed. */
export function sights(clock: Clock) {
  const known = new Map<ComponentId, Sight>();
  const isPlaced = ({ observed }: Sight): boolean => observed.instances.length > 0 || observed.signals.length > 0;

  function made(facts: ComponentFacts): Sight {
    const judgement = judgementOf(facts);
    const observed = observedOf(facts, judgement);
    const now = facts.now.getTime();
    const trouble = observed.signals.length > 0 ? now + troubleMs : Number.POSITIVE_INFINITY;
    return { observed, until: Math.min(judgement.wakeAt ?? Number.POSITIVE_INFINITY, trouble) };
  }
  return {
    /** `factsOf` tells what is true now, or null when it cannot be read. */
    of(component: ComponentId, factsOf: () => ComponentFacts | null): ObservedWorkload | null {
      const before = known.get(component);
      if (before && clock.now().getTime() < before.until) return before.observed;
      const facts = factsOf();
      if (!facts) return null;
      const sight = made(facts);
      known.set(component, sight);
      return sight.observed;
    },
    forget(component: ComponentId): void {
      known.delete(component);
    },
    /** What instances use is known anew; nothing else follows from it. */
    remeasure(usageOf: (namespace: string, pod: string) => Usage | undefined): void {
      for (const [component, sight] of known) {
        const { tenant, instances } = sight.observed;
        if (instances.length === 0) continue;
        const namespace = namespaceFor(tenant);
        const now = instances.map((instance) => ({ ...instance, ...(usageOf(namespace, instance.id) ?? unmeasured) }));
        known.set(component, { ...sight, observed: { ...sight.observed, instances: now } });
      }
    },
    /** Nodes are no longer as they were. Answers whom that concerns. */
    forgetPlaced(): ComponentId[] {
      const placed = [...known.values()].filter(isPlaced).map(({ observed }) => observed.component);
      for (const component of placed) known.delete(component);
      return placed;
    },
  };
}
