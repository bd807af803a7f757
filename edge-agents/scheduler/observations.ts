import { Fault } from "../../shared/base/fault.ts";
import type { DesiredChange, Observation, UnreadChange } from "../../shared/contract/agent.ts";
import type { ComponentId } from "../../shared/contract/id.ts";
import type { ObservedWorkload } from "../../shared/ports/cluster.ts";
import type { Step } from "./plan.ts";

type Told = Omit<Observation, "sequence" | "at">;
/** Something wanted that cannot be carried out, and why. */
export interface Held extends Pick<DesiredChange, "tenant" | "component" | "generation"> {
  readonly signal: Told["signals"][number];
}

/** A newer agent is needed for it. */
export const outdated = (change: UnreadChange): Held => ({ ...change, signal: { code: "agent.outdated", detail: {} } });

/** No waiting helps against these. */
const lasting = ["invalid", "exhausted", "too_large"] as const;

/** Steps that the cluster would not take, in its words; those that may go well the next time are not among them. */
export const refusalsOf = (failed: readonly { readonly step: Step; readonly error: unknown }[]): Held[] =>
  failed.flatMap(({ step, error }) => {
    if (step.kind !== "apply" || !(error instanceof Fault) || !lasting.some((code) => code === error.code)) return [];
    const { tenant, component, generation } = step.workload;
    const message = [error.message, error.next].filter((words) => words !== undefined).join(" ");
    return [{ tenant, component, generation, signal: { code: "cluster.refused", detail: { message } } }];
  });

/** What the cloud plane is told: what is observed, and that what was to go is gone. */
export function observationsOf(
  observed: readonly ObservedWorkload[],
  { tombstones, held }: { readonly tombstones: readonly DesiredChange[]; readonly held: readonly Held[] },
  addressesOf: (component: ComponentId) => Observation["addresses"],
): Told[] {
  const here = new Set(observed.map((o) => o.component));
  const running = observed.map(
    (o): Told => ({
      component: o.component,
      tenant: o.tenant,
      generation: o.generation,
      phase: o.phase,
      serving: o.serving,
      instances: o.instances.map(({ endpoints: _endpoints, logs: _logs, ...instance }) => instance),
      steps: [...o.steps],
      signals: [...o.signals],
      addresses: addressesOf(o.component),
    }),
  );
  const gone = tombstones
    .filter((t) => !here.has(t.component))
    .map(
      ({ component, tenant, generation }): Told => ({
        component,
        tenant,
        generation,
        phase: "removed",
        serving: null,
        instances: [],
        steps: [],
        signals: [],
        addresses: [],
      }),
    );
  return [...running.filter(({ component }) => !held.some((h) => h.component === component)), ...gone, ...held.map(unchanged)];

  /** It goes on as it was, and will not get by itself to what is wanted. */
  function unchanged({ component, tenant, generation, signal }: Held): Told {
    const now = running.find((o) => o.component === component);
    const nothing = { serving: null, instances: [], steps: [], addresses: [] };
    return { ...nothing, ...now, component, tenant, generation, phase: "failed", signals: [signal] };
  }
}
