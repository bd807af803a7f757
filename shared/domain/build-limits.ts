/** What one build may use, and how many there may be. */
export interface BuildLimits {
  readonly seconds: number;
  readonly logBytes: number;
  readonly sourceBytes: number;
  readonly slugBytes: number;
  readonly privateHostsAllowed: readonly string[];
  /** Builders that the platform has, for all teams together; null: as many as are asked for. */
  readonly atOnce: number | null;
}

export const defaultBuildLimits: BuildLimits = {
  /** A cold Maven or Next.js build on two busy cores takes up to 10 min; three times that. */
  seconds: 30 * 60,
  /** 100 bytes × 200,000 lines: more than any person reads, little enough to keep for every build. */
  logBytes: 20 * 1024 * 1024,
  /** The largest monorepos people deploy from, without history, are some 100 MB. */
  sourceBytes: 1024 * 1024 * 1024,
  /** Twice what a large image's application layer holds; fetched at 100 MB/s it starts within 10 s. */
  slugBytes: 1024 * 1024 * 1024,
  privateHostsAllowed: [],
  atOnce: null,
};

/** An upload is source code: same bound as a clone. */
export const uploadBytesMax = defaultBuildLimits.sourceBytes;
/** A presigned URL must outlive a slow upload of the largest source at 1 MB/s. */
export const uploadUrlSeconds = 30 * 60;
/** Of all that a team keeps, which goes a day after nothing needs it any more: a hundred of the largest, thousands of the usual. */
export const uploadsBytesMax = 100 * uploadBytesMax;
/** Of all that a team keeps of uploads and builds. What releases run goes with their components: ten deploys a day of 100 MB take three years to it. */
export const blobsBytesMax = 1_000 * defaultBuildLimits.slugBytes;
