import type { Workload } from "../../contract/agent.ts";
import type { ComponentRecord } from "./record.ts";

/** By release: what its image's tag meant when it was first applied here. */
export type Pins = ComponentRecord["pins"];
/** What a tag means now; the reference as it is where nobody can tell. */
export type Pin = (reference: string) => Promise<string>;

/** More releases than anyone goes back by. */
const pinsMax = 20;

const isPinned = (reference: string): boolean => reference.includes("@sha256:");

/** The workload with its image named by content. What was recorded of a release holds for ever, so that a tag that moves changes nothing that runs. */
export async function pinnedWorkload(
  workload: Workload,
  record: Pick<ComponentRecord, "workload" | "pins"> | null,
  pin: Pin,
): Promise<{ readonly workload: Workload; readonly pins: Pins }> {
  const { artifact, release } = workload;
  const known = record?.pins ?? {};
  if (artifact.kind !== "image" || artifact.archive || isPinned(artifact.reference)) return { workload, pins: known };
  const first = artifact.pinnedBy ?? release;
  const before = record?.workload;
  const applied = before?.release === release && before.artifact.kind === "image" ? before.artifact.reference : undefined;
  const reference = known[first] ?? applied ?? (await pin(artifact.reference));
  const pins = Object.fromEntries(Object.entries({ ...known, [first]: reference }).slice(-pinsMax));
  return { workload: { ...workload, artifact: { ...artifact, reference } }, pins };
}
