import type { Workload } from "../../shared/contract/agent.ts";
import { type ProvenanceProblem, provenanceProblem } from "../../shared/domain/provenance.ts";
import type { PublicKey } from "../../shared/ports/tokens.ts";
import type { Held } from "./observations.ts";

interface Sorted {
  readonly trusted: readonly Workload[];
  readonly held: readonly Held[];
}

/**
 * Nothing runs whose provenance is wrong; where the team demands one, nothing that has none. What is stopped may be anything. Each workload is
 * looked at once.
 */
export function provenanceGate(cloudKey: () => Promise<PublicKey>): (workloads: readonly Workload[]) => Promise<Sorted> {
  const known = new WeakMap<Workload, ProvenanceProblem>();

  async function look(workload: Workload): Promise<void> {
    if (workload.wanted === "stopped") return void known.set(workload, null);
    const problem = await provenanceProblem(workload.artifact, workload, cloudKey);
    known.set(workload, problem === "missing" && !workload.requiresProvenance ? null : problem);
  }

  return async (workloads) => {
    await Promise.all(workloads.filter((workload) => !known.has(workload)).map(look));
    return {
      trusted: workloads.filter((workload) => known.get(workload) === null),
      held: workloads.flatMap((workload) => {
        const { tenant, component, generation } = workload;
        const problem = known.get(workload) ?? null;
        return problem === null ? [] : [{ tenant, component, generation, signal: { code: `provenance.${problem}`, detail: {} } }];
      }),
    };
  };
}
