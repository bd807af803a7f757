/** What one component may write on average and at once. More than a history of 100 MB can hold is not worth the disk's time. */
export interface FloodLimit {
  readonly bytesPerSecond: number;
  readonly burstBytes: number;
}
export const usualFlood: FloodLimit = { bytesPerSecond: 20_000_000, burstBytes: 100_000_000 };

/** A bucket that fills at a steady rate. `take` answers whether that much was in it; if so it is out. */
export function bucket(limit: FloodLimit, now: number): { take(bytes: number, now: number): boolean } {
  let level = limit.burstBytes;
  let at = now;
  return {
    take(bytes, time) {
      level = Math.min(limit.burstBytes, level + (Math.max(0, time - at) / 1_000) * limit.bytesPerSecond);
      at = time;
      if (level < bytes) return false;
      level -= bytes;
      return true;
    },
  };
}
