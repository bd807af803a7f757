import type { Artifact } from "../contract/release.ts";
import type { Source } from "../contract/source.ts";

/** A person may be on the way from an upload to what it is for; the day after, nobody is. */
const uploadIdleMs = 24 * 3_600_000;
/** From the announcement of a blob to the record that refers to it: ten minutes for the PUT, ten for a report that finds nobody; three times that. */
const blobIdleMs = 3_600_000;

interface Upload {
  readonly id: string;
  readonly digest: string;
  /** When something last began to use it. */
  readonly usedAt: string;
}
interface Announced {
  readonly digest: string;
  readonly announcedAt: string;
}

/** The blob that holds what is run; an image given by its reference has none here. */
const blobOf = (artifact: Artifact): string | undefined =>
  artifact.kind === "slug" ? artifact.digest : artifact.archive?.digest;

/** Uploads that nothing used for a day, or that something newer has replaced. `sources`: of all components, and of builds that have not ended. */
export function unneededUploads<U extends Upload>(now: Date, uploads: readonly U[], sources: readonly Source[]): U[] {
  const named = new Set(sources.flatMap((source) => (source.kind === "upload" ? [source.upload as string] : [])));
  return uploads.filter((u) => !named.has(u.id) && now.getTime() - Date.parse(u.usedAt) > uploadIdleMs);
}

/** Blobs that no release runs, no upload is, and nobody is about to need. */
export function unneededBlobs<B extends Announced>(
  now: Date,
  blobs: readonly B[],
  { uploads, artifacts }: { readonly uploads: readonly Upload[]; readonly artifacts: readonly Artifact[] },
): B[] {
  const needed = new Set([...uploads.map((u) => u.digest), ...artifacts.map(blobOf)]);
  return blobs.filter((b) => !needed.has(b.digest) && now.getTime() - Date.parse(b.announcedAt) > blobIdleMs);
}
