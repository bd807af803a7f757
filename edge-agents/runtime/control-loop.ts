import type { Clock } from "../../shared/ports/clock.ts";

export interface Controller<Desired, Observed, Step> {
  desired(): Promise<Desired>;
  observe(): Promise<Observed>;
  plan(desired: Desired, observed: Observed): readonly Step[];
  apply(step: Step): Promise<void>;
  report(outcome: Outcome<Step>): Promise<void>;
}

export type Outcome<Step> =
  | { readonly kind: "attempted"; readonly applied: readonly Step[]; readonly failed: readonly { step: Step; error: unknown }[] }
  /** Could not even read desired or observed state. */
  | { readonly kind: "blind"; readonly error: unknown };

/** One activation. It takes no hint of what changed: a wake-up only means "look again". */
export async function reconcileOnce<D, O, S>(c: Controller<D, O, S>): Promise<void> {
  const [desired, observed] = await Promise.all([c.desired(), c.observe()]);
  const applied: S[] = [];
  const failed: { step: S; error: unknown }[] = [];
  for (const step of c.plan(desired, observed)) {
    try {
      await c.apply(step);
      applied.push(step);
    } catch (error) {
      failed.push({ step, error }); // one broken workload must not starve its neighbours
    }
  }
  await c.report({ kind: "attempted", applied, failed });
}

/** A latch between whoever notices a change and the loop: any number of wake-ups before the loop looks are one. */
export interface Wake {
  wake(): void;
  /** Resolves once `wake` was called since the last time this resolved. */
  woken(): Promise<void>;
}

export function wakeLatch(): Wake {
  let pending = false;
  let release: (() => void) | undefined;
  return {
    wake: () => {
      pending = true;
      release?.();
    },
    woken: () =>
      new Promise((resolve) => {
        release = () => {
          pending = false;
          release = undefined;
          resolve();
        };
        if (pending) release();
      }),
  };
}

/** Wakes on a signal and every `resyncMs` regardless; failures wait for the next wake-up instead of retrying inline. */
export async function run<D, O, S>(
  c: Controller<D, O, S>,
  loop: { clock: Clock; wake: Wake; resyncMs: number; signal: AbortSignal },
): Promise<void> {
  while (!loop.signal.aborted) {
    await reconcileOnce(c).catch((error: unknown) => c.report({ kind: "blind", error }));
    const rested = new AbortController();
    const signal = AbortSignal.any([loop.signal, rested.signal]);
    await Promise.race([loop.wake.woken(), loop.clock.sleep(loop.resyncMs, signal)]);
    rested.abort();
  }
}
