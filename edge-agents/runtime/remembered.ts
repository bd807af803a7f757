import type { Clock } from "../../shared/ports/clock.ts";

/** Asks once for each key, and again after `forMs`; what failed is asked again at once. */
export function remembered<Q, A>(
  ask: (question: Q) => Promise<A>,
  how: { readonly keyOf: (question: Q) => string; readonly forMs: number; readonly clock: Clock },
): (question: Q) => Promise<A> {
  const known = new Map<string, { readonly answer: Promise<A>; readonly until: number }>();
  const forget = (now: number): void => {
    for (const [key, { until }] of known) {
      if (until > now) return; // in the order they were asked
      known.delete(key);
    }
  };
  return (question) => {
    const now = how.clock.now().getTime();
    forget(now);
    const key = how.keyOf(question);
    const before = known.get(key);
    if (before) return before.answer;
    const answer = ask(question);
    known.set(key, { answer, until: now + how.forMs });
    answer.catch(() => known.delete(key));
    return answer;
  };
}
