import type { Workload } from "../../shared/contract/agent.ts";
import { provenanceProblem } from "../../shared/domain/provenance.ts";
import type { PublicKey } from "../../shared/ports/tokens.ts";

/** Where something comes from is not as it must be. */
export class Distrusted extends Error {
  override readonly name = "Distrusted";
  readonly problem: string;
  constructor(problem: string) {
    super(`The artifact's provenance is ${problem}.`);
    this.problem = problem;
  }
}

/**
 * Nothing is applied whose provenance is wrong; where the team demands one, nothing that has none. What is stopped may be anything.
 * @throws Distrusted
 */
export async function assertTrusted(workload: Workload, cloudKey: () => Promise<PublicKey>): Promise<void> {
  if (workload.wanted === "stopped") return;
  const problem = await provenanceProblem(workload.artifact, workload, cloudKey);
  if (problem === null || (problem === "missing" && !workload.requiresProvenance)) return;
  throw new Distrusted(problem);
}
