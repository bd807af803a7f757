import type { Workload } from "../contract/agent.ts";

/** A workload's artifact as nodes run it. */
export interface RunnableImage {
  /** By content: `registry/repository@sha256:…`. */
  readonly reference: string;
  /** The program with its arguments; empty: the image's own. */
  readonly command: readonly string[];
  /** To be set beside the workload's own variables, which win. Those of a slug are in its image already. */
  readonly variables: Readonly<Record<string, string>>;
  /** Those of its attachments, by the name that each has in the configuration, by content too. */
  readonly attachments: Readonly<Record<string, string>>;
  /** The Secret in the tenant's namespace that nodes pull with. */
  readonly pullSecret?: string;
}

/**
 * Makes the image be where nodes can pull it. The same release answers the same reference ever after, and asking again costs one request.
 * @throws Fault `invalid` or `not_found` when there can be no such image, `unavailable` when it may be asked again.
 */
export type ImageOf = (workload: Workload) => Promise<RunnableImage>;
