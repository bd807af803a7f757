import type { Finding } from "../../contract/source.ts";

/** Why a build ends, in the words of its report. `code` is a stable word such as `repository.unreachable`. */
export class BuildFailure extends Error {
  override readonly name = "BuildFailure";
  readonly code: string;
  readonly next: string;
  constructor(code: string, message: string, next: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.next = next;
  }
}

export const failureOf = (finding: Finding): BuildFailure =>
  new BuildFailure(finding.code, finding.message, finding.advice ?? "Mend it and try again.");

export const findingOf = (failure: BuildFailure): Finding => ({
  level: "blocks",
  code: failure.code,
  message: failure.message,
  advice: failure.next,
});
