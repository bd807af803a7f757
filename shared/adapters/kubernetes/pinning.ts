import type { Workload } from "../../contract/agent.ts";
import type { Attachment } from "../../contract/component.ts";
import type { ComponentRecord } from "./record.ts";

/** By release, for an attachment with its image's name: what the tag meant when it was first applied here. */
export type Pins = ComponentRecord["pins"];
/** What a tag means now; the reference as it is where nobody can tell. */
export type Pin = (reference: string) => Promise<string>;

type Before = Pick<ComponentRecord, "workload" | "pins"> | null;

/** More releases than anyone goes back by, with a few attachments. */
const pinsMax = 60;

const isPinned = (reference: string): boolean => reference.includes("@sha256:");

/** The name that a release runs an image by; undefined: it has not run it here. */
const appliedBy = (before: Before, { release }: Workload, of: (workload: Workload) => string | undefined): string | undefined =>
  before?.workload.release === release ? of(before.workload) : undefined;

/** The workload with its images named by content. What was recorded of a release holds for ever, so that a tag that moves changes nothing that runs. */
export async function pinnedWorkload(
  workload: Workload,
  record: Before,
  pin: Pin,
): Promise<{ readonly workload: Workload; readonly pins: Pins }> {
  const { artifact, configuration } = workload;
  const first = artifact.pinnedBy ?? workload.release;
  const made: Record<string, string> = {};
  const pinnedAs = async (key: string, reference: string, applied: string | undefined): Promise<string> => {
    if (isPinned(reference)) return reference;
    made[key] = record?.pins[key] ?? applied ?? (await pin(reference));
    return made[key];
  };
  const attached = ({ name, image }: Attachment) => {
    const same = (one: Workload) => one.configuration.attachments.find((each) => each.name === name)?.image;
    return pinnedAs(`${first} ${image}`, image, appliedBy(record, workload, same));
  };
  const ofArtifact = async (): Promise<Workload["artifact"]> => {
    if (artifact.kind !== "image" || artifact.archive) return artifact;
    const same = (one: Workload) => (one.artifact.kind === "image" ? one.artifact.reference : undefined);
    return { ...artifact, reference: await pinnedAs(first, artifact.reference, appliedBy(record, workload, same)) };
  };
  const [exact, attachments] = await Promise.all([
    ofArtifact(),
    Promise.all(configuration.attachments.map(async (each) => ({ ...each, image: await attached(each) }))),
  ]);
  const pins = Object.fromEntries(Object.entries({ ...record?.pins, ...made }).slice(-pinsMax));
  return { workload: { ...workload, artifact: exact, configuration: { ...configuration, attachments } }, pins };
}
