import type { ComponentId } from "../../contract/id.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ObservedWorkload } from "../../ports/cluster.ts";
import { type ComponentFacts, judgementOf, observedOf } from "./observe.ts";
import type { Secret } from "./shapes.ts";
import { labels } from "./render/names.ts";

interface Sight {
  /** Of the record. */
  readonly secret: Secret;
  readonly observed: ObservedWorkload;
  /** ms since the epoch; judged anew then, though nothing has happened. */
  readonly until: number;
}

/** What is wrong may get better without word of it: room on nodes, say. */
const troubleMs = 5_000;

/** What is observed of each component, made anew once something that it follows from has changed: a look at ten thousand costs what has changed. */
export function sights(clock: Clock) {
  const known = new Map<string, Sight>();
  const isPlaced = ({ observed }: Sight): boolean => observed.instances.length > 0 || observed.signals.length > 0;

  function made(secret: Secret, facts: ComponentFacts): Sight {
    const judgement = judgementOf(facts);
    const observed = observedOf(facts, judgement);
    const now = facts.now.getTime();
    const trouble = observed.signals.length > 0 ? now + troubleMs : Number.POSITIVE_INFINITY;
    return { secret, observed, until: Math.min(judgement.wakeAt ?? Number.POSITIVE_INFINITY, trouble) };
  }
  return {
    /** By its record; `factsOf` tells what is true now, or null when it cannot be read. */
    of(secret: Secret, factsOf: () => ComponentFacts | null): ObservedWorkload | null {
      const component = secret.metadata.labels?.[labels.component] ?? "";
      const before = known.get(component);
      if (before?.secret === secret && clock.now().getTime() < before.until) return before.observed;
      const facts = factsOf();
      if (!facts) return null;
      const sight = made(secret, facts);
      known.set(component, sight);
      return sight.observed;
    },
    forget(component: ComponentId): void {
      known.delete(component);
    },
    /** Nodes, or what instances use, are no longer as they were. Answers whom that concerns. */
    forgetPlaced(): ComponentId[] {
      const placed = [...known.values()].filter(isPlaced).map(({ observed }) => observed.component);
      for (const component of placed) known.delete(component);
      return placed;
    },
  };
}
