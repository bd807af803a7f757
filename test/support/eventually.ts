/** How long to hope, ms: long enough for a busy machine. A stage sets its own (`globals` of its jest configuration). */
const patienceMs = (globalThis as { patienceMs?: number }).patienceMs ?? 40_000;

/**
 * Asks until there is an answer, and hands it on. A failure of asking is no answer yet.
 * @throws with what was hoped for, and the last answer or failure, when time is up.
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = patienceMs,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline)
      throw new Error(`not within ${withinMs} ms: ${what}; last: ${last instanceof Error ? last.stack : JSON.stringify(last)}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}
