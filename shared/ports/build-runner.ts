import type { BuildOrder } from "../contract/agent.ts";
import type { Advice } from "../contract/component.ts";

/** What the builder itself could not tell any more, and what would happen again. */
export interface BuilderFailure {
  readonly failure: Advice;
}

/** It has not begun, as the place it is to run in has no room for it; room may still come. */
export interface BuilderWait {
  readonly waiting: readonly Advice[];
}

/**
 * ended: by itself. stopped: the platform ended it when it stopped itself, which says nothing against the build.
 * lost: it is gone without anyone knowing how; the caller decides by what was reported.
 * A failure: it was ended for a reason that is known. A wait: as running, but it could not begin yet.
 */
export type BuilderState = "running" | "ended" | "stopped" | "lost" | BuilderFailure | BuilderWait;

export const isGoingOn = (state: BuilderState): state is "running" | BuilderWait =>
  state === "running" || (typeof state === "object" && "waiting" in state);

/** Runs builders. A builder is a program of its own that takes a BuildOrder and reports to the API (see contract/agent.ts). */
export interface BuildRunner {
  /** Starts the builder and answers its handle. Starting an order whose id already runs starts nothing and answers the same handle. */
  start(order: BuildOrder): Promise<string>;
  observe(handle: string): Promise<BuilderState>;
  /** Ends it and all its children; fine when it has ended already. */
  cancel(handle: string): Promise<void>;
}
