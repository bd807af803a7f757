import { Fault } from "../../shared/base/fault.ts";
import type { BuildReport, BuildTask } from "../../shared/contract/agent.ts";
import { BuildId } from "../../shared/contract/id.ts";
import { operations } from "../../shared/contract/operations.ts";

const wordsFor = (id: BuildTask["id"], reason: string) =>
  BuildId.safeParse(id).success
    ? {
        code: "build.not-begun",
        message: `The data center could not start the build: ${reason}`,
        next: "Mend what the message names, and deploy again.",
      }
    : {
        code: "check.not-begun",
        message: `The data center could not look at the source: ${reason}`,
        next: "Mend what the message names, and check again.",
      };

/** In place of a builder that cannot be started: the build, or check, fails with the reason, by its own token. */
export async function refuseBuild(cloudUrl: string, { id, token }: BuildTask, reason: string): Promise<void> {
  const { code, message, next } = wordsFor(id, reason);
  const report: BuildReport = {
    version: 1,
    sequence: 1,
    result: {
      state: "failed",
      code,
      message: message.slice(0, 1_000),
      next,
      params: { reason: reason.slice(0, 500) },
      logLine: null,
    },
  };
  const { method, path } = operations.buildReport;
  const answer = await fetch(new URL(path.replace("{build}", id), cloudUrl), {
    method: method.toUpperCase(),
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(report),
  });
  if (!answer.ok) throw new Fault("unavailable", `The platform answered ${answer.status} when it was told of a build.`);
}
