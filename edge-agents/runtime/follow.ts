import type { Cluster, ObservedWorkload } from "../../shared/ports/cluster.ts";

/** Notices may be missed; the full look mends that. */
const resyncMs = 5_000;

/**
 * Hands on the whole state of the cluster after every change, the newest last, one look at a time. A look that fails changes nothing:
 * what was known goes on to hold, and the next look is the retry.
 */
export function follow(
  cluster: Pick<Cluster, "observe" | "onChange">,
  take: (observed: readonly ObservedWorkload[]) => void,
): { refresh(): Promise<void>; stop(): void } {
  let looking = false;
  let again = false;
  let stopped = false;
  const look = async () => {
    again = false;
    try {
      const observed = await cluster.observe();
      if (!stopped) take(observed);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error), { code: "CLUSTER_OBSERVE" });
    }
  };
  let turn = Promise.resolve();
  /** Resolves when a look that began after the call has been taken. */
  const refresh = (): Promise<void> => {
    again = true;
    if (looking || stopped) return turn;
    looking = true;
    turn = (async () => {
      while (again && !stopped) await look();
      looking = false;
    })();
    return turn;
  };
  const unlisten = cluster.onChange(refresh);
  const timer = setInterval(() => void refresh(), resyncMs);
  void refresh();
  return {
    refresh,
    stop() {
      stopped = true;
      clearInterval(timer);
      unlisten();
    },
  };
}
