import { cpuTicks, hasProc, proportionalBytes, residentBytes, treeOf } from "./proc.ts";

export interface Watched {
  readonly id: string;
  readonly pid: number;
  readonly limitBytes: number;
}
export interface Usage {
  readonly memoryBytes: number;
  /** Thousandths of a core, over the last look. */
  readonly cpuMillis: number;
}
export interface Watchdog {
  usage(id: string): Usage | null;
  close(): void;
}

const lookMs = 1_000;
const ticksPerSecond = 100;

/**
 * Looks at every instance's processes together, and names those over their limit of memory. What they use is told from the second look on: how much
 * processor time that is shows between two. Resident size counts pages that forks share
 * once for each, so it is only believed below the limit; above, shared pages are counted in parts.
 */
export function memoryWatchdog(parts: {
  watched: () => readonly Watched[];
  over: (id: string) => void;
  /** An instance's use is known for the first time. */
  measured: () => void;
}): Watchdog {
  const usages = new Map<string, { memoryBytes: number; cpuMillis: number | null; ticks: number; at: number }>();
  const look = (): void => {
    const watched = parts.watched();
    for (const w of watched) lookAt(w);
    const ids = new Set(watched.map((w) => w.id));
    for (const id of usages.keys()) if (!ids.has(id)) usages.delete(id);
  };
  const lookAt = (w: Watched): void => {
    const tree = treeOf(w.pid);
    const ticks = cpuTicks(tree);
    const at = performance.now();
    const before = usages.get(w.id);
    const cpuMillis = before
      ? Math.max(0, Math.round(((ticks - before.ticks) / ticksPerSecond / (at - before.at)) * 1_000_000))
      : null;
    const resident = residentBytes(tree);
    const memoryBytes = resident > w.limitBytes ? proportionalBytes(tree) : resident;
    usages.set(w.id, { memoryBytes, cpuMillis, ticks, at });
    if (before?.cpuMillis === null) parts.measured();
    if (memoryBytes > w.limitBytes) parts.over(w.id);
  };
  const timer = hasProc ? setInterval(look, lookMs).unref() : undefined;
  return {
    usage: (id) => {
      const { memoryBytes = 0, cpuMillis = null } = usages.get(id) ?? {};
      return cpuMillis === null ? null : { memoryBytes, cpuMillis };
    },
    close: () => clearInterval(timer),
  };
}
