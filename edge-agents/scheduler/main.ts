import type { Observation } from "../../shared/contract/agent.ts";
import type { ComponentId } from "../../shared/contract/id.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Cluster, ObservedWorkload } from "../../shared/ports/cluster.ts";
import type { PublicKey } from "../../shared/ports/tokens.ts";
import type { Tracer } from "../../shared/ports/tracer.ts";
import { type Controller, run, wakeLatch } from "../runtime/control-loop.ts";
import type { Ledger } from "../runtime/ledger.ts";
import type { Reporter } from "../runtime/reporter.ts";
import { type AddressFor, bound } from "./bindings.ts";
import { type Held, observationsOf, outdated, refusalsOf } from "./observations.ts";
import { componentOf, type Desired, plan, type Running, type Step } from "./plan.ts";
import { provenanceGate } from "./provenance-gate.ts";
import { rollouts } from "./rollouts.ts";

export interface SchedulerOptions {
  readonly ledger: Ledger;
  readonly cluster: Cluster;
  readonly clock: Clock;
  /** Verifies what the platform signed. */
  readonly cloudKey: () => Promise<PublicKey>;
  readonly addressFor: AddressFor;
  readonly addressesOf: (component: ComponentId) => Observation["addresses"];
  readonly reporter: Pick<Reporter, "observed">;
  /** Called with what is observed after every look. */
  readonly observed: (workloads: readonly ObservedWorkload[]) => void;
  readonly tracer: Tracer;
  readonly log: (fields: object, message: string) => void;
}

/** How often to look even when nothing was noticed. */
const resyncMs = 15_000;

/** Keeps the cluster as the ledger wants it and tells what is true. */
export function scheduler(options: SchedulerOptions): { wake(): void; stop(): Promise<void> } {
  const wake = wakeLatch();
  const stopping = new AbortController();
  const quiet = options.cluster.onChange(wake.wake);
  const running = run(controller(options), { clock: options.clock, wake, resyncMs, signal: stopping.signal });
  return {
    wake: wake.wake,
    stop: async () => {
      quiet();
      stopping.abort();
      wake.wake();
      await running;
    },
  };
}

function controller(options: SchedulerOptions): Controller<Desired, readonly Running[], Step> {
  const { ledger, cluster, log } = options;
  const trust = provenanceGate(options.cloudKey);
  const traced = rollouts(options.tracer, ledger.traceOf);
  let untrusted: readonly Held[] = [];
  return {
    desired: async () => {
      const { trusted, held } = await trust(ledger.workloads());
      untrusted = held;
      return {
        workloads: await Promise.all(trusted.map((workload) => bound(workload, options.addressFor))),
        gone: ledger.tombstones().map((t) => t.component),
        complete: ledger.complete(),
        held: held.map((h) => h.component),
      };
    },
    observe: () => cluster.observe(),
    plan,
    apply: (step) => {
      if (step.kind === "remove") return cluster.remove(step.component);
      traced.begun(step.workload);
      return cluster.apply(step.workload);
    },
    report: async (outcome) => {
      if (outcome.kind === "blind") {
        log({ error: outcome.error }, "neither desired nor observed state could be read; looked at again later");
        return;
      }
      for (const { step, error } of outcome.failed)
        log({ error, component: componentOf(step), step: step.kind }, "a step failed; it is tried again at the next look");
      const observed = await cluster.observe();
      options.observed(observed);
      traced.seen(observed);
      options.reporter.observed(
        observationsOf(
          observed,
          {
            tombstones: ledger.tombstones(),
            held: [...untrusted, ...refusalsOf(outcome.failed), ...ledger.unread().map(outdated)],
          },
          options.addressesOf,
        ),
      );
    },
  };
}
