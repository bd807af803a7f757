export interface Clock {
  /** Somebody may set it at any time, back too. */
  now(): Date;
  /** How much time has passed since some moment, whatever was set meanwhile; for this process alone. */
  monotonicMs(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
