import type { Workload } from "../../shared/contract/agent.ts";
import type { ComponentId } from "../../shared/contract/id.ts";
import { type ProvenanceProblem, provenanceProblem } from "../../shared/domain/provenance.ts";
import type { PublicKey } from "../../shared/ports/tokens.ts";
import type { Held } from "./observations.ts";

interface Sorted {
  readonly trusted: readonly Workload[];
  readonly held: readonly Held[];
}

/**
 * Nothing runs whose provenance is wrong; where the team demands one, nothing that has none. What is stopped may be anything. Each generation is
 * looked at once.
 */
export function provenanceGate(cloudKey: () => Promise<PublicKey>): (workloads: readonly Workload[]) => Promise<Sorted> {
  let known = new Map<ComponentId, { readonly generation: number; readonly problem: ProvenanceProblem }>();

  async function problemOf(workload: Workload): Promise<ProvenanceProblem> {
    if (workload.wanted === "stopped") return null;
    const problem = await provenanceProblem(workload.artifact, workload, cloudKey);
    return problem === "missing" && !workload.requiresProvenance ? null : problem;
  }

  return async (workloads) => {
    const looked = await Promise.all(
      workloads.map(async (workload) => {
        const { component, generation } = workload;
        const before = known.get(component);
        const problem = before?.generation === generation ? before.problem : await problemOf(workload);
        return { workload, component, generation, problem };
      }),
    );
    known = new Map(looked.map(({ component, generation, problem }) => [component, { generation, problem }]));
    return {
      trusted: looked.flatMap(({ workload, problem }) => (problem === null ? [workload] : [])),
      held: looked.flatMap(({ workload: { tenant, component, generation }, problem }) =>
        problem === null ? [] : [{ tenant, component, generation, signal: { code: `provenance.${problem}`, detail: {} } }],
      ),
    };
  };
}
