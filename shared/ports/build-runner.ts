import type { BuildOrder } from "../contract/agent.ts";

/**
 * ended: by itself. stopped: the platform ended it when it stopped itself, which says nothing against the build.
 * lost: it is gone without anyone knowing how; the caller decides by what was reported.
 */
export type BuilderState = "running" | "ended" | "stopped" | "lost";

/** Runs builders. A builder is a program of its own that takes a BuildOrder and reports to the API (see contract/agent.ts). */
export interface BuildRunner {
  /** Starts the builder and answers its handle. Starting an order whose id already runs starts nothing and answers the same handle. */
  start(order: BuildOrder): Promise<string>;
  observe(handle: string): Promise<BuilderState>;
  /** Ends it and all its children; fine when it has ended already. */
  cancel(handle: string): Promise<void>;
}
