/** What work uses or causes. Units are those of the store. */
export type CountName = "readUnits" | "writeUnits" | "buildsFailed";
/** What there is of something at a time. */
export type LevelName = "buildsWaiting" | "buildsRunning";

/** A piece of work of a function that has ended. */
export interface Work {
  readonly kind: "request" | "command" | "frame" | "schedule" | "event";
  /** In the operations table, or of the command, schedule or event. */
  readonly name: string;
  readonly tenant?: string | undefined;
  /** Of the operation that it began or went on with. */
  readonly operationId?: string | undefined;
  readonly request?: string | undefined;
  readonly ms: number;
  /** Code of the fault that ended it; undefined: it went well. */
  readonly failure?: string | undefined;
  /** The first of its process. */
  readonly isCold: boolean;
  /** How long it had waited in its queue. */
  readonly waitedMs?: number | undefined;
}

export interface Metrics {
  /** Belongs to the work that ends next in this process. */
  count(name: CountName, value: number): void;
  level(name: LevelName, value: number): void;
  ended(work: Work): void;
}

/** Faults that are the platform's own; all others are answers that a caller has to do something about. */
export const isOurFailure = (failure: string | undefined): boolean => failure === "internal" || failure === "unavailable";
