import type { Observation } from "../../shared/contract/agent.ts";
import type { ComponentId } from "../../shared/contract/id.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Cluster, ObservedWorkload } from "../../shared/ports/cluster.ts";
import type { PublicKey } from "../../shared/ports/tokens.ts";
import type { Tracer } from "../../shared/ports/tracer.ts";
import { type Controller, type Keys, run, wakeKeys } from "../runtime/control-loop.ts";
import type { Ledger } from "../runtime/ledger.ts";
import type { About, Reporter } from "../runtime/reporter.ts";
import { type AddressFor, bound } from "./bindings.ts";
import { type Held, observations, outdated, refusalOf } from "./observations.ts";
import { type Desired, plan, type Step } from "./plan.ts";
import { assertTrusted } from "./provenance-gate.ts";
import { type Rollouts, rollouts } from "./rollouts.ts";

export interface SchedulerOptions {
  readonly ledger: Ledger;
  readonly cluster: Cluster;
  readonly clock: Clock;
  /** Verifies what the platform signed. */
  readonly cloudKey: () => Promise<PublicKey>;
  readonly addressFor: AddressFor;
  readonly addressesOf: (component: ComponentId) => Observation["addresses"];
  readonly reporter: Pick<Reporter, "observed">;
  /** Called with components that are gone for good. */
  readonly gone: (components: readonly ComponentId[]) => void;
  readonly tracer: Tracer;
  readonly log: (fields: object, message: string) => void;
}

/** How often to look at everything even when nothing was noticed. */
const resyncMs = 60_000;
const retry = { baseMs: 250, maxMs: 15_000 };
/** Components that something is done about at once; a removal may wait for its instances' end. */
const atOnce = 32;

const isIn =
  (of: Keys<ComponentId>, doing: ReadonlySet<ComponentId>) =>
  ({ component }: { readonly component: ComponentId }): boolean =>
    (of === undefined || of.has(component)) && !doing.has(component);

export interface Scheduler {
  wake(of?: Keys<ComponentId>): void;
  /** For what is told of a component. */
  readonly traceOf: Rollouts["traceOf"];
  stop(): Promise<void>;
}

/** Keeps the cluster as the ledger wants it and tells what is true. */
export function scheduler(options: SchedulerOptions): Scheduler {
  const traced = rollouts(options.tracer, { clock: options.clock, askedBy: options.ledger.traceOf });
  const wake = wakeKeys<ComponentId>();
  const stopping = new AbortController();
  const quiet = options.cluster.onChange(wake.wake);
  const running = run(controller(options, traced), {
    clock: options.clock,
    wake,
    resyncMs,
    retry,
    atOnce,
    signal: stopping.signal,
  });
  return {
    wake: wake.wake,
    traceOf: traced.traceOf,
    stop: async () => {
      quiet();
      stopping.abort();
      wake.wake(new Set());
      await running;
    },
  };
}

function controller(
  options: SchedulerOptions,
  traced: Rollouts,
): Controller<Desired, readonly ObservedWorkload[], Step, ComponentId> {
  const { ledger, cluster, log } = options;
  const tell = observations(options.addressesOf);
  /** Steps that were refused, until they are tried again. */
  const refused = new Map<ComponentId, Held>();

  function report(observed: readonly ObservedWorkload[], { of, doing }: About): void {
    traced.seen(observed);
    const isAbout = isIn(of, doing);
    const there = new Set(observed.map((each) => each.component));
    const tombstones = ledger.tombstones(of).filter(isAbout);
    options.gone(tombstones.flatMap(({ component }) => (there.has(component) ? [] : [component])));
    const held = [...refused.values(), ...ledger.unread().map(outdated)].filter(isAbout);
    options.reporter.observed(tell(observed.filter(isAbout), { tombstones, held }), { of, doing });
  }
  return {
    desired: async (of) => ({
      wanted: ledger.wanted(of),
      gone: ledger.tombstones(of).map((t) => t.component),
      complete: ledger.complete(),
    }),
    observe: (of) => cluster.observe(of),
    plan,
    keyOf: ({ component }) => component,
    async apply(step) {
      if (step.kind === "remove") {
        traced.gone(step.component);
        return cluster.remove(step.component);
      }
      // The newest, which may be newer than what was looked at.
      const workload = await ledger.workload(step.component);
      if (!workload) return;
      await assertTrusted(workload, options.cloudKey);
      traced.begun(workload);
      await cluster.apply(await bound(workload, options.addressFor));
    },
    async report(outcome) {
      if (outcome.kind === "blind") {
        log({ error: outcome.error }, "neither desired nor observed state could be read; looked at again later");
        return;
      }
      if (outcome.kind === "looked") {
        const isAbout = isIn(outcome.of, outcome.doing);
        for (const [component, held] of refused) if (isAbout(held)) refused.delete(component);
        report(outcome.observed, outcome);
        return;
      }
      const { step, error } = outcome;
      const { component } = step;
      log({ error, component, step: step.kind }, "a step failed; it is tried again");
      const held = refusalOf(step, error);
      if (held) refused.set(component, held);
      const of = new Set([component]);
      report(await cluster.observe(of), { of, doing: new Set() });
    },
  };
}
