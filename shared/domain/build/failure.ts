import type { Params } from "../../contract/id.ts";
import type { Finding } from "../../contract/source.ts";

/** Why a build ends, in the words of its report. `code` is a stable word such as `repository.unreachable`. */
export class BuildFailure extends Error {
  override readonly name = "BuildFailure";
  readonly code: string;
  readonly next: string;
  readonly params: Params | undefined;
  constructor(code: string, message: string, next: string, cause?: unknown, params?: Params) {
    super(message, { cause });
    this.params = params;
    this.code = code;
    this.next = next;
  }
}

export const failureOf = (finding: Finding): BuildFailure =>
  new BuildFailure(finding.code, finding.message, finding.advice ?? "Mend it and try again.", undefined, finding.params);

export const findingOf = (failure: BuildFailure): Finding => ({
  level: "blocks",
  code: failure.code,
  message: failure.message,
  advice: failure.next,
  ...(failure.params === undefined ? {} : { params: failure.params }),
});
