import { BuildFailure } from "./failure.ts";

/** A step of a build that did not end well. */
export interface StepTrouble {
  /** The command as it is shown to people. */
  readonly step: string;
  /** "failed with exit code 1". */
  readonly how: string;
  /** The newest lines it printed, the last one last. */
  readonly lines: readonly string[];
}

/** How package managers and their languages say that a host cannot be reached. */
const unreachable =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)\b|getaddrinfo|Temporary failure in name resolution|Name or service not known|Network is unreachable|Failed to establish a new connection|UnknownHostException|Unknown host|Connection refused|Connect timed out|Could not reach host|Failed to connect to|i\/o timeout|no such host|Could not fetch specs/i;

/** A failing server of the program's own, say of its database, is told in the same words: only what tools of packages do counts. */
const installs = /^(npm|yarn|pnpm|pip|composer|bundle|maven|gradle|sh \.\/gradlew|go)\b/;

const noRoom = /No space left on device|Out of diskspace|\bENOSPC\b|Disk quota exceeded|\bEDQUOT\b/i;

const shownLines = 6;
const shownCharacters = 900;

/** Why a step failed, in words a person can act on: the source's fault, the network's, or the machine's. */
export const stepFailure = ({ step, how, lines }: StepTrouble): BuildFailure => {
  const said = lines.filter((line) => line.trim() !== "");
  const last = said.slice(-shownLines).join(" ⏎ ").slice(-shownCharacters);
  const params = { step, lines: last };
  if (said.some((line) => noRoom.test(line)))
    return new BuildFailure(
      "disk.full",
      `The disk of the build machine is full: ${step} could not write.`,
      "Ask the operator to make room, then try again.",
      undefined,
      params,
    );
  const lost = installs.test(step) ? said.findLast((line) => unreachable.test(line)) : undefined;
  if (lost !== undefined)
    return new BuildFailure(
      "registry.unreachable",
      `${step} could not reach the registry of its packages: ${lost.trim().slice(0, 300)}`,
      "Try again in a while. If the build machine has no way to that registry, ask the operator for a mirror (PLUVIA_BUILD_SETTINGS; in a data center builds.settingsSecret of its chart), or bring the packages with the source.",
      undefined,
      { step, said: lost.trim().slice(0, 300) },
    );
  return new BuildFailure(
    "build.failed",
    `${step} ${how}. ${said.length === 0 ? "It printed nothing." : `Its last lines: ${last}`}`,
    "Read the log from the line named here, mend the source, and deploy again.",
    undefined,
    params,
  );
};
