import { sha256 } from "../base/digest.ts";
import type { DesiredChange } from "../contract/agent.ts";

type Known = Pick<DesiredChange, "component" | "generation">;

/** The same for two sides that know the same generation of the same components, in whatever order. */
export const desiredDigest = (known: readonly Known[]): Promise<string> =>
  sha256(
    known
      .map(({ component, generation }) => `${component} ${generation}`)
      .sort()
      .join("\n"),
  );
