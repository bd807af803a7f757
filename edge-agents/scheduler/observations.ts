import { Fault } from "../../shared/base/fault.ts";
import type { Observation, UnreadChange } from "../../shared/contract/agent.ts";
import type { ComponentId } from "../../shared/contract/id.ts";
import type { ObservedWorkload } from "../../shared/ports/cluster.ts";
import type { Step, Wanted } from "./plan.ts";
import { Distrusted } from "./provenance-gate.ts";

type Told = Omit<Observation, "sequence" | "at">;
/** Something wanted that cannot be carried out, and why. */
export interface Held extends Wanted {
  readonly signal: Told["signals"][number];
}

/** A newer agent is needed for it. */
export const outdated = (change: UnreadChange): Held => ({ ...change, signal: { code: "agent.outdated", detail: {} } });

/** No waiting helps against these. */
const lasting = ["invalid", "exhausted", "too_large"] as const;

/** What is wrong with a step that no waiting helps, in the words of whoever refused it; null for one that may go well the next time. */
function signalOf(error: unknown): Held["signal"] | null {
  if (error instanceof Distrusted) return error.signal;
  if (!(error instanceof Fault) || !lasting.some((code) => code === error.code)) return null;
  const message = [error.message, error.next].filter((words) => words !== undefined).join(" ");
  return { code: "cluster.refused", detail: { message } };
}
export function refusalOf(step: Step, error: unknown): Held | null {
  const signal = signalOf(error);
  if (step.kind !== "apply" || signal === null) return null;
  const { tenant, component, generation } = step;
  return { tenant, component, generation, signal };
}

const none: never[] = [];
const nothing = { serving: null, instances: none, steps: none, signals: none, addresses: none };

type AddressesOf = (component: ComponentId) => Observation["addresses"];

function running(o: ObservedWorkload, addresses: Observation["addresses"]): Told {
  return {
    component: o.component,
    tenant: o.tenant,
    generation: o.generation,
    phase: o.phase,
    serving: o.serving,
    instances:
      o.instances.length === 0 ? none : o.instances.map(({ endpoints: _endpoints, logs: _logs, ...instance }) => instance),
    steps: o.steps,
    signals: o.signals,
    addresses: addresses.length === 0 ? none : addresses,
  };
}

/** What the cloud plane is told: what is observed, and that what was to go is gone. Of what has not changed it is the very same as before. */
export function observations(addressesOf: AddressesOf) {
  const known = new WeakMap<ObservedWorkload, Told>();
  const toldOf = (o: ObservedWorkload): Told => {
    const addresses = addressesOf(o.component);
    const before = known.get(o);
    if (before && JSON.stringify(before.addresses) === JSON.stringify(addresses)) return before;
    const told = running(o, addresses);
    known.set(o, told);
    return told;
  };
  return (
    observed: readonly ObservedWorkload[],
    { tombstones, held }: { readonly tombstones: readonly Wanted[]; readonly held: readonly Held[] },
  ): Told[] => {
    const here = new Map(observed.map((o) => [o.component, o]));
    const isHeld = new Set(held.map((h) => h.component));
    const gone = tombstones.filter((t) => !here.has(t.component));
    return [
      ...observed.filter((o) => !isHeld.has(o.component)).map(toldOf),
      ...gone.map(({ component, tenant, generation }): Told => ({ ...nothing, component, tenant, generation, phase: "removed" })),
      ...held.map(({ component, tenant, generation, signal }): Told => {
        const now = here.get(component);
        // It goes on as it was, and will not get by itself to what is wanted.
        return { ...nothing, ...(now && toldOf(now)), component, tenant, generation, phase: "failed", signals: [signal] };
      }),
    ];
  };
}
