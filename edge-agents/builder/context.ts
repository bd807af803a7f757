import type { BuildOrder } from "../../shared/contract/agent.ts";
import type { Commit } from "../../shared/contract/release.ts";
import type { CacheFolder } from "./cache-folder.ts";
import type { Moved } from "./checkout.ts";
import type { BuildLog } from "./log.ts";
import type { StepTracker } from "./steps.ts";
import type { BuilderPod, Tools } from "./tools.ts";

export interface FetchedSource {
  readonly folder: string;
  readonly commit: Commit | null;
  readonly branches: readonly string[];
  /** What a component made of it would be called. */
  readonly name: string;
  /** Nothing but git wrote into the folder, and this is what it changed since the last time; null: not known. */
  readonly moved: Moved | null;
}

export interface Workspace {
  readonly app: string;
  readonly out: string;
  readonly cache: string;
  readonly home: string;
  readonly temporary: string;
}

/** What every stage of one build shares. */
export interface BuildContext {
  readonly order: BuildOrder;
  readonly log: BuildLog;
  readonly steps: StepTracker;
  readonly cache: CacheFolder;
  readonly tools: Tools;
  /** Aborted when the build is cancelled or out of time. */
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  /** Told which process group runs, so that nothing survives us. */
  readonly onGroup: (group: number | null) => void;
  /** Folders of the platform that a tenant's program must not see. */
  readonly hidden: readonly string[];
  /** The builder has a pod of its own: nothing of the platform is beside it. */
  readonly pod: BuilderPod | undefined;
}

export const leftMs = (context: BuildContext): number => Math.max(1, context.deadlineMs - Date.now());
