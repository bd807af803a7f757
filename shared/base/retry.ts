/**
 * Delay before attempt `attempt` (1 = first retry): exponential with full jitter.
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 * `random` is in [0, 1).
 */
export const backoffMs = (attempt: number, limits: { baseMs: number; maxMs: number }, random: number): number =>
  Math.floor(random * Math.min(limits.maxMs, limits.baseMs * 2 ** Math.max(0, attempt - 1)));
