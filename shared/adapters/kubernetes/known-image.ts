import { isFault } from "../../base/fault.ts";
import type { Workload } from "../../contract/agent.ts";
import type { ImageOf, RunnableImage } from "../../ports/image-of.ts";
import type { ComponentRecord } from "./record.ts";
import { hashOf } from "./render/manifest.ts";

type Images = ComponentRecord["images"];

/** What was built has its image where somebody else keeps it. One that has a registry of its own is in the record by content already. */
const isBuilt = ({ artifact }: Workload): boolean => artifact.kind === "slug" || artifact.archive !== undefined;
/** Of all that decides it. */
const keyOf = ({ artifact, configuration }: Workload): string =>
  hashOf([artifact, configuration.command, configuration.attachments.map(({ image }) => image)]);

export interface FoundImage {
  readonly image: RunnableImage;
  /** Why it is the one that ran before, and must be asked for again. */
  readonly doubt: unknown;
}

/** The image that a workload runs; while nobody can be asked, the one it ran by before, so that what runs is looked after meanwhile. */
export async function findImage(imageOf: ImageOf, { images }: ComponentRecord, workload: Workload): Promise<FoundImage> {
  try {
    return { image: await imageOf(workload), doubt: null };
  } catch (error) {
    const known = images[keyOf(workload)];
    if (!known || !isFault(error, "unavailable")) throw error;
    return { image: known, doubt: error };
  }
}

/** With this one; of others, what the record may come back to. The very same where nothing is new. */
export function imagesWith(record: ComponentRecord, workload: Workload, image: RunnableImage): Images {
  if (!isBuilt(workload)) return record.images;
  const own = keyOf(workload);
  const wanted = [record.workload, ...(record.settled ? [record.settled] : [])].map(keyOf);
  const others = Object.entries(record.images).filter(([key]) => key !== own && wanted.includes(key));
  const images = { ...Object.fromEntries(others), [own]: image };
  return hashOf(images) === hashOf(record.images) ? record.images : images;
}
