import type { Workload } from "../../shared/contract/agent.ts";
import type { ComponentId } from "../../shared/contract/id.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { ObservedWorkload } from "../../shared/ports/cluster.ts";
import type { Span, Tracer } from "../../shared/ports/tracer.ts";

interface Rollout {
  readonly generation: number;
  /** Of its span; where nobody traces here, of what asked for it. */
  readonly trace: string;
  readonly span: Span | undefined;
  /** null: under way. */
  readonly endedAt: number | null;
}
type Tells = Pick<Workload, "component" | "generation">;

/** What is told so soon after a rollout's end is told because of it. */
const echoMs = 30_000;

export interface Rollouts {
  readonly begun: (workload: Workload) => void;
  /** It is being removed: what comes of its change is told no more. */
  readonly gone: (component: ComponentId) => void;
  readonly seen: (observed: readonly ObservedWorkload[]) => void;
  /** traceparent for what is told of a component; undefined: it does not come from a change that somebody traces. */
  readonly traceOf: (told: Tells) => string | undefined;
}

/**
 * A span for each change from its beginning here until it is as wanted or has failed, in the trace of what asked for it; what is told of it goes on in that. What
 * nobody traces, and what was under way before this process began, has none.
 */
export function rollouts(
  tracer: Tracer,
  { clock, askedBy }: { readonly clock: Pick<Clock, "now">; readonly askedBy: (component: ComponentId) => string | undefined },
): Rollouts {
  const known = new Map<ComponentId, Rollout>();
  const end = ({ component, tenant }: Pick<Workload, "component" | "tenant">, failure?: string) => {
    const rollout = known.get(component);
    if (!rollout || rollout.endedAt !== null) return;
    rollout.span?.end({ component, tenant }, failure);
    known.set(component, { ...rollout, endedAt: clock.now().getTime() });
    void tracer.flush();
  };
  const isEcho = ({ endedAt }: Rollout): boolean => endedAt !== null && clock.now().getTime() - endedAt > echoMs;
  return {
    begun: (workload) => {
      const { component, generation } = workload;
      const parent = askedBy(component);
      const before = known.get(component);
      if (parent === undefined || before?.generation === generation) return;
      if (before) end(workload, "superseded");
      const span = tracer.begin("rollout", { kind: "consumer", parent });
      known.set(component, { generation, span, trace: span?.trace ?? parent, endedAt: null });
    },
    gone: (component) => {
      const rollout = known.get(component);
      if (rollout?.endedAt === null) rollout.span?.end({ component }, "removed");
      known.delete(component);
    },
    seen: (observed) => {
      for (const each of observed) {
        const isOver = each.phase === "settled" || each.phase === "failed";
        const rollout = known.get(each.component);
        if (rollout && isOver && each.generation >= rollout.generation) end(each, each.phase === "failed" ? "failed" : undefined);
      }
    },
    traceOf: ({ component, generation }) => {
      const rollout = known.get(component);
      if (!rollout || rollout.generation !== generation) return undefined;
      if (!isEcho(rollout)) return rollout.trace;
      known.delete(component);
      return undefined;
    },
  };
}
