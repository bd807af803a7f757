import { backoffMs } from "../../shared/base/retry.ts";
import type { BuildOrder, BuildReport } from "../../shared/contract/agent.ts";
import { postJson } from "./http.ts";

type Content = Omit<BuildReport, "version" | "sequence">;

export interface Reporter {
  /** Adds to the next report: steps replace, lines are appended, the rest is set. */
  add(content: Content): void;
  /** Sends what is left, result last, and resolves when the platform has it. @throws when it could not be told within `giveUpMs`. */
  finish(result: NonNullable<BuildReport["result"]>): Promise<void>;
}

/** A batch waits this long for more; shorter only makes more requests. */
const batchMs = 100;
/** The platform may be restarted in the middle of a build: it is told for this long. */
const giveUpMs = 10 * 60_000;
const linesMax = 1_000;
/** Well below the 256 KB that one report may have. */
const batchBytesMax = 128 * 1024;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

type Verdict = "accepted" | "again" | "refused";
const verdictOf = (status: number): Verdict =>
  status >= 200 && status < 300 ? "accepted" : status >= 500 || status === 429 || status === 408 ? "again" : "refused";

/** Reports in order, each again until it is accepted. `onCancelled` is called once when the platform no longer wants the build. */
export const startReporter = (
  order: Pick<BuildOrder, "id" | "cloudUrl" | "token" | "trace">,
  onCancelled: (why: string) => void,
): Reporter => {
  const url = new URL(`/v1/agent/builds/${order.id}/reports`, order.cloudUrl);
  let pending: Content = {};
  let sequence = 0;
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> = Promise.resolve();
  let refusal: string | undefined;

  const send = async (report: BuildReport): Promise<void> => {
    const until = Date.now() + giveUpMs;
    for (let attempt = 1; refusal === undefined; attempt++) {
      const answer = await postJson(url, order, report).catch((error: Error) => ({ status: 503, body: error.message }));
      const verdict = verdictOf(answer.status);
      if (verdict === "accepted") {
        if (/"cancelled":\s*true/.test(answer.body)) onCancelled("it was cancelled");
        return;
      }
      if (verdict === "refused" || Date.now() > until) {
        refusal = `the platform answered ${answer.status} to a report: ${answer.body.slice(0, 300)}`;
        onCancelled(refusal);
        return;
      }
      await wait(50 + backoffMs(attempt, { baseMs: 100, maxMs: 5_000 }, Math.random()));
    }
  };

  /** Takes at most one report's worth of lines; the rest stays for the next. */
  const take = (): Content => {
    const lines = pending.lines ?? [];
    let bytes = 0;
    const count = lines.findIndex((line, index) => {
      bytes += line.text.length * 3 + 100;
      return index > 0 && (index >= linesMax || bytes > batchBytesMax);
    });
    const now = count === -1 ? lines : lines.slice(0, count);
    const { lines: _, ...rest } = pending;
    pending = count === -1 ? {} : { lines: lines.slice(count) };
    return now.length > 0 ? { ...rest, lines: now } : rest;
  };

  const flush = (): Promise<void> => {
    if (timer) clearTimeout(timer);
    timer = undefined;
    sending = sending.then(async () => {
      while (Object.keys(pending).length > 0 && refusal === undefined) {
        sequence += 1;
        await send({ version: 1, sequence, ...take() });
      }
    });
    return sending;
  };

  return {
    add: (content) => {
      const lines = [...(pending.lines ?? []), ...(content.lines ?? [])];
      pending = { ...pending, ...content, ...(lines.length > 0 ? { lines } : {}) };
      timer ??= setTimeout(() => void flush(), batchMs);
    },
    finish: async (result) => {
      clearTimeout(timer);
      await sending;
      // All but the last report's worth of lines goes first.
      for (let rest = take(); ; rest = take()) {
        sequence += 1;
        const isLast = Object.keys(pending).length === 0;
        await send({ version: 1, sequence, ...rest, ...(isLast ? { result } : {}) });
        if (isLast) break;
      }
      if (refusal !== undefined) throw new Error(refusal);
    },
  };
};
