import type { BuildOrder } from "../contract/agent.ts";

/** Runs builders. A builder is a program of its own that takes a BuildOrder and reports to the API (see contract/agent.ts). */
export interface BuildRunner {
  /** Starts the builder and answers its handle. Starting an order whose id already runs starts nothing and answers the same handle. */
  start(order: BuildOrder): Promise<string>;
  /** lost: it ended without anyone knowing how; the caller decides by what was reported. */
  observe(handle: string): Promise<"running" | "ended" | "lost">;
  /** Ends it and all its children; fine when it has ended already. */
  cancel(handle: string): Promise<void>;
}
