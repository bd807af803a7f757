import type { Observation, Workload } from "../../shared/contract/agent.ts";
import { type ProvenanceProblem, provenanceProblem } from "../../shared/domain/provenance.ts";
import type { PublicKey } from "../../shared/ports/tokens.ts";

/** Where something comes from is not as it must be. */
export class Distrusted extends Error {
  override readonly name = "Distrusted";
  readonly signal: Observation["signals"][number];
  constructor(problem: NonNullable<ProvenanceProblem>, detail: Distrusted["signal"]["detail"]) {
    super(`The provenance is not as it must be: ${problem}.`);
    this.signal = { code: `provenance.${problem}`, detail };
  }
}

/**
 * Nothing is applied whose provenance is wrong; where the team demands one, nothing that has none, images of attachments included: no build of
 * ours vouches for those. What is stopped may be anything.
 * @throws Distrusted
 */
export async function assertTrusted(workload: Workload, cloudKey: () => Promise<PublicKey>): Promise<void> {
  const { artifact, configuration, requiresProvenance = false, wanted } = workload;
  if (wanted === "stopped") return;
  const problem = await provenanceProblem(artifact, workload, cloudKey);
  if (problem !== null && (problem !== "missing" || requiresProvenance)) throw new Distrusted(problem, {});
  const names = configuration.attachments.map(({ name }) => name).join(", ");
  if (requiresProvenance && names !== "") throw new Distrusted("attachments", { names });
}
