import { backoffMs } from "../../shared/base/retry.ts";
import type { BuildOrder } from "../../shared/contract/agent.ts";
import type { ErrorBody } from "../../shared/contract/error-body.ts";
import { BuildFailure } from "../../shared/domain/build/failure.ts";
import { type Answer, postJson, putFile } from "./http.ts";
import type { Packed } from "./pack.ts";

/** As long as the reporter: the platform may be restarted meanwhile. */
const giveUpMs = 10 * 60_000;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** As the API and the platform's own store tell of what they refuse. */
const toldBy = (body: string): Partial<ErrorBody["error"]> => {
  try {
    return (JSON.parse(body) as Partial<ErrorBody>).error ?? {};
  } catch {
    return {};
  }
};

const unpublished = (what: string, answer: Answer): BuildFailure => {
  const { reason, message, next, params } = toldBy(answer.body);
  if (reason && message && next) return new BuildFailure(reason, message, next, undefined, params);
  return answer.status === 507 || /disk|no space|exhausted/i.test(answer.body)
    ? new BuildFailure(
        "disk.full",
        "The platform has no room for the artifact.",
        "Ask the operator to make room, then try again.",
      )
    : new BuildFailure(
        "publish.failed",
        `The artifact could not be stored: ${what} answered ${answer.status}.`,
        "Try again; if it happens again, tell the operator.",
      );
};

/** Again while the other side is away; its refusals are final. */
const persist = async (what: string, attempt: () => Promise<Answer>): Promise<Answer> => {
  const until = Date.now() + giveUpMs;
  for (let count = 1; ; count++) {
    const answer = await attempt().catch((error: Error): Answer => {
      if (error instanceof BuildFailure) throw error;
      return { status: 503, body: error.message };
    });
    if (answer.status >= 200 && answer.status < 300) return answer;
    const again = answer.status === 429 || answer.status === 408 || (answer.status >= 500 && answer.status !== 507);
    if (!again || Date.now() > until) throw unpublished(what, answer);
    await wait(50 + backoffMs(count, { baseMs: 100, maxMs: 5_000 }, Math.random()));
  }
};

/** Stores the slug; the store refuses anything but what has this digest. */
export const publishSlug = async (
  order: Pick<BuildOrder, "id" | "cloudUrl" | "token" | "trace">,
  slug: { path: string; packed: Packed },
): Promise<void> => {
  const { digest, sizeBytes } = slug.packed;
  const ask = new URL(`/v1/agent/builds/${order.id}/blob-urls`, order.cloudUrl);
  const put = async (): Promise<Answer> => {
    const granted = await persist("the platform", () => postJson(ask, order, { digest, sizeBytes }));
    const { url, headers } = JSON.parse(granted.body) as { url: string; headers: Record<string, string> };
    return putFile(new URL(url), { path: slug.path, sizeBytes, headers });
  };
  await persist("the store", put);
};
