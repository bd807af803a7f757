/** One small text that outlives the process; of writers that meet, one wins. */
export interface DurableText {
  /** undefined while nothing was written. */
  read(): Promise<{ readonly text: string; readonly version: string } | undefined>;
  /** Replaces what was read as `version` (undefined: nothing was there). false: it has changed meanwhile; nothing was written. */
  write(text: string, version: string | undefined): Promise<boolean>;
}
