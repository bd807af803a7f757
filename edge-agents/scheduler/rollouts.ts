import type { Workload } from "../../shared/contract/agent.ts";
import type { ComponentId } from "../../shared/contract/id.ts";
import type { ObservedWorkload } from "../../shared/ports/cluster.ts";
import type { Span, Tracer } from "../../shared/ports/tracer.ts";

interface Underway {
  readonly generation: number;
  readonly span: Span;
}

/**
 * A span for each change from its beginning here until it is as wanted or has failed, in the trace of what asked for it. What nobody traces, and what was under
 * way before this process began, has none.
 */
export function rollouts(tracer: Tracer, traceOf: (component: ComponentId) => string | undefined) {
  const underway = new Map<ComponentId, Underway>();
  const end = ({ component, tenant }: Pick<Workload, "component" | "tenant">, failure?: string) => {
    underway.get(component)?.span.end({ component, tenant }, failure);
    underway.delete(component);
    void tracer.flush();
  };
  return {
    begun: (workload: Workload): void => {
      const { component, generation } = workload;
      const parent = traceOf(component);
      const before = underway.get(component);
      if (parent === undefined || before?.generation === generation) return;
      if (before) end(workload, "superseded");
      const span = tracer.begin("rollout", { kind: "consumer", parent });
      if (span) underway.set(component, { generation, span });
    },
    seen: (observed: readonly ObservedWorkload[]): void => {
      for (const each of observed) {
        const isOver = each.phase === "settled" || each.phase === "failed";
        const known = underway.get(each.component);
        if (known && isOver && each.generation >= known.generation) end(each, each.phase === "failed" ? "failed" : undefined);
      }
    },
  };
}
