import type { Clock } from "../../shared/ports/clock.ts";

/** Does it now and then until the answer is called. What fails is told, and done again at its next time. */
export function periodically(
  work: () => Promise<void>,
  how: { readonly everyMs: () => number; readonly clock: Clock; readonly failed: (error: unknown) => void },
): () => void {
  const ending = new AbortController();
  const loop = async () => {
    while (!ending.signal.aborted) {
      await work().catch(how.failed);
      await how.clock.sleep(how.everyMs(), ending.signal);
    }
  };
  void loop();
  return () => ending.abort();
}
