import { isFault } from "../../shared/base/fault.ts";
import { backoffMs } from "../../shared/base/retry.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { DurableText } from "../../shared/ports/durable-text.ts";
import { type Credential, credential, type Joining } from "./credential.ts";

/** Refusals that pass by themselves, once someone at the cluster has mended their cause. */
const passing = ["join.clock"];
const retry = { baseMs: 100, maxMs: 5_000 };

const isFinal = (error: unknown): boolean =>
  isFault(error) && !["unavailable", "internal", "throttled"].includes(error.code) && !passing.includes(error.reason ?? "");

/** The credential, however long the platform takes to be there. Any other refusal by the platform is final. */
export async function joined(options: {
  readonly text: DurableText;
  readonly joining: Joining;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: (fields: object, message: string) => void;
}): Promise<Credential> {
  const { text, joining, clock, signal, log } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await credential(text, joining);
    } catch (error) {
      if (isFinal(error) || signal.aborted) throw error;
      log({ error, attempt }, "could not join yet");
      await clock.sleep(backoffMs(attempt, retry, Math.random()), signal);
    }
  }
}
