import type { Clock } from "../../shared/ports/clock.ts";
import { wakeLatch } from "./control-loop.ts";

export interface AttendOptions {
  /** May fail: it is done again. */
  readonly look: () => Promise<void>;
  /** Whether to look again after `everyMs`, without being woken. */
  readonly isBusy: () => boolean;
  readonly everyMs: number;
  readonly failed: (error: unknown) => void;
  readonly clock: Clock;
}

/** Looks after tasks: once when woken, and again and again for as long as there are any to wait for. */
export function attend({ look, isBusy, everyMs, failed, clock }: AttendOptions): { wake(): void; stop(): Promise<void> } {
  const latch = wakeLatch();
  const stopping = new AbortController();
  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look().catch(failed);
      await latch.rest((over) =>
        isBusy() ? clock.sleep(everyMs, AbortSignal.any([stopping.signal, over])) : new Promise(() => {}),
      );
    }
  }
  const running = loop();
  return {
    wake: latch.wake,
    stop: async () => {
      stopping.abort();
      latch.wake();
      await running;
    },
  };
}
