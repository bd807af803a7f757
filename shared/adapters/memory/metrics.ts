import type { CountName, LevelName, Metrics, Work } from "../../ports/metrics.ts";

export interface MemoryMetrics extends Metrics {
  readonly works: Work[];
  readonly counts: Map<CountName, number>;
  readonly levels: Map<LevelName, number>;
}

/** Everything that was told. */
export function memoryMetrics(): MemoryMetrics {
  const works: Work[] = [];
  const counts = new Map<CountName, number>();
  const levels = new Map<LevelName, number>();
  return {
    works,
    counts,
    levels,
    count: (name, value) => void counts.set(name, (counts.get(name) ?? 0) + value),
    level: (name, value) => void levels.set(name, value),
    ended: (work) => void works.push(work),
  };
}
