import { Fault } from "../../shared/base/fault.ts";

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * A token bucket per name, in the memory of this process: a fence against runaway clients, not a quota. What must hold over
 * processes (login) is counted in the table.
 */
export function throttle(limits: { perSecond: number; burst: number; namesMax: number }) {
  const buckets = new Map<string, Bucket>();
  return (name: string, nowMs: number): void => {
    const old = buckets.get(name) ?? { tokens: limits.burst, at: nowMs };
    const tokens = Math.min(limits.burst, old.tokens + (Math.max(0, nowMs - old.at) / 1_000) * limits.perSecond);
    buckets.delete(name);
    if (buckets.size >= limits.namesMax) buckets.delete(buckets.keys().next().value ?? "");
    buckets.set(name, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: nowMs });
    if (tokens < 1)
      throw new Fault("throttled", "Too many requests at once.", {
        next: "Slow down; the header retry-after says how long to wait.",
        reason: "requests.many",
        retryAfterSeconds: (1 - tokens) / limits.perSecond,
      });
  };
}
