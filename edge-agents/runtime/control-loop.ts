import { inTurns } from "../../shared/base/in-turns.ts";
import type { Clock } from "../../shared/ports/clock.ts";

/** Where to look; undefined: everywhere. It never says what happened there. */
export type Keys<Key> = ReadonlySet<Key> | undefined;

export interface Controller<Desired, Observed, Step, Key> {
  desired(of: Keys<Key>): Promise<Desired>;
  observe(of: Keys<Key>): Promise<Observed>;
  plan(desired: Desired, observed: Observed): readonly Step[];
  keyOf(step: Step): Key;
  apply(step: Step): Promise<void>;
  report(outcome: Outcome<Observed, Step, Key>): Promise<void>;
}

export type Outcome<Observed, Step, Key> =
  /** Nothing separates what was observed from what is desired, but for the keys that something is being done about. */
  | { readonly kind: "looked"; readonly of: Keys<Key>; readonly observed: Observed; readonly doing: ReadonlySet<Key> }
  | { readonly kind: "failed"; readonly step: Step; readonly error: unknown }
  /** Could not even read desired or observed state, or tell what failed. */
  | { readonly kind: "blind"; readonly error: unknown };

/** Steps under way: one for each key, so many at once; the others wait for their turn. */
export interface Lanes<Key> {
  readonly doing: ReadonlySet<Key>;
  run<T>(key: Key, work: () => Promise<T>): Promise<T>;
}

export function lanes<Key>(atOnce: number): Lanes<Key> {
  const doing = new Set<Key>();
  const turns = inTurns(atOnce);
  return {
    doing,
    async run(key, work) {
      doing.add(key);
      try {
        return await turns(work);
      } finally {
        doing.delete(key);
      }
    },
  };
}

/** Answers whether it went well. */
async function attempt<D, O, S, K>(c: Controller<D, O, S, K>, step: S): Promise<boolean> {
  try {
    await c.apply(step);
    return true;
  } catch (error) {
    // One broken workload must not starve its neighbours, even where that cannot be told.
    await c.report({ kind: "failed", step, error }).catch((blindness: unknown) => c.report({ kind: "blind", error: blindness }));
    return false;
  }
}

/**
 * One activation. Keys say where to look, never what happened: a wake-up only means "look again". `done` resolves when the steps that it began
 * are done; what is being done already is left alone.
 */
export async function reconcileOnce<D, O, S, K>(
  c: Controller<D, O, S, K>,
  of: Keys<K>,
  under: Lanes<K>,
): Promise<{ readonly done: readonly { readonly key: K; readonly ended: Promise<boolean> }[] }> {
  const [desired, observed] = await Promise.all([c.desired(of), c.observe(of)]);
  const steps = c.plan(desired, observed).filter((step) => !under.doing.has(c.keyOf(step)));
  const done = steps.map((step) => ({ key: c.keyOf(step), ended: under.run(c.keyOf(step), () => attempt(c, step)) }));
  await c.report({ kind: "looked", of, observed, doing: new Set(under.doing) });
  return { done };
}

/** A latch between whoever notices a change and the loop: any number of wake-ups before the loop looks are one. */
export interface Wake {
  wake(): void;
  /** Resolves once `wake` was called since the rest before, or when `sleep` has, whichever is first; the sleep is then over. */
  rest(sleep: (over: AbortSignal) => Promise<unknown>): Promise<void>;
}

export function wakeLatch(): Wake {
  let isPending = false;
  let release = (): void => {};
  return {
    wake: () => {
      isPending = true;
      release();
    },
    async rest(sleep) {
      const over = new AbortController();
      const woken = new Promise<void>((resolve) => {
        release = resolve;
      });
      if (!isPending) await Promise.race([woken, sleep(over.signal)]);
      over.abort();
      isPending = false;
    },
  };
}

/** A latch that remembers which keys to look at next. */
export interface WakeKeys<Key> extends Pick<Wake, "rest"> {
  wake(of: Keys<Key>): void;
  /** Those that were named since the last time. */
  take(): Keys<Key>;
}

export function wakeKeys<Key>(): WakeKeys<Key> {
  const latch = wakeLatch();
  let keys: Set<Key> | undefined = new Set();
  return {
    wake(of) {
      if (of === undefined) keys = undefined;
      else for (const key of of) keys?.add(key);
      latch.wake();
    },
    rest: latch.rest,
    take() {
      const now = keys;
      keys = new Set();
      return now;
    },
  };
}

export interface LoopParts<Key> {
  readonly clock: Clock;
  readonly wake: WakeKeys<Key>;
  readonly resyncMs: number;
  /** How soon a step that failed is tried again: at first, and at last; each time it fails again, after twice as long. */
  readonly retry: { readonly baseMs: number; readonly maxMs: number };
  /** Steps at once. */
  readonly atOnce: number;
  readonly signal: AbortSignal;
}

/** Each failure of a key is followed by a pause, twice as long as the one before, until it is forgotten. */
function pauses<Key>({ clock, retry, signal }: LoopParts<Key>) {
  const failures = new Map<Key, number>();
  const pausing = new Set<Key>();
  return {
    /** Answers false at once where it pauses already. */
    async pause(key: Key): Promise<boolean> {
      if (pausing.has(key)) return false;
      const before = failures.get(key) ?? 0;
      failures.set(key, before + 1);
      pausing.add(key);
      await clock.sleep(Math.min(retry.maxMs, retry.baseMs * 2 ** before), signal);
      pausing.delete(key);
      return true;
    },
    forget: (key: Key): void => void failures.delete(key),
  };
}

/**
 * Looks at keys that are woken, and at everything every `resyncMs`; a step that takes long holds up its own key alone. One that failed is looked at
 * again after a pause: what is down must not be asked all the time.
 */
export async function run<D, O, S, K>(c: Controller<D, O, S, K>, loop: LoopParts<K>): Promise<void> {
  const { wake } = loop;
  const under = lanes<K>(loop.atOnce);
  const ending = new Set<Promise<void>>();
  const { pause, forget } = pauses<K>(loop);
  const lookAgain = async (key: K, isDone: boolean): Promise<void> => {
    if (isDone) forget(key);
    else if (!(await pause(key))) return;
    wake.wake(new Set([key]));
  };
  let resyncAt = Number.NEGATIVE_INFINITY;
  while (!loop.signal.aborted) {
    const now = loop.clock.now().getTime();
    const isDue = now >= resyncAt || resyncAt - now > loop.resyncMs;
    if (isDue) resyncAt = now + loop.resyncMs;
    const named = wake.take();
    try {
      const { done } = await reconcileOnce(c, isDue ? undefined : named, under);
      for (const { key, ended } of done) {
        const mine = ended.then((isDone) => lookAgain(key, isDone)).finally(() => ending.delete(mine));
        ending.add(mine);
      }
    } catch (error) {
      await c.report({ kind: "blind", error });
      // Whatever was named is among everything.
      resyncAt = Math.min(resyncAt, now + loop.retry.maxMs);
    }
    await wake.rest((over) =>
      loop.clock.sleep(Math.max(0, resyncAt - loop.clock.now().getTime()), AbortSignal.any([loop.signal, over])),
    );
  }
  await Promise.all(ending);
}
