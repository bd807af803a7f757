import { lineOfStep } from "./dockerfile.ts";
import { BuildFailure } from "./failure.ts";

/** What buildah printed, and the Dockerfile it was about. */
export interface ImageTrouble {
  readonly name: string;
  readonly dockerfile: string;
  /** The newest lines, the last one last. */
  readonly lines: readonly string[];
  readonly step: ImageStep | null;
  readonly exitCode: number | null;
}

export interface ImageStep {
  readonly stage: number;
  readonly step: number;
  readonly text: string;
}

/** `[2/3] STEP 1/4: FROM scratch`, as buildah announces a step; null for other lines. */
export const stepOf = (line: string): ImageStep | null => {
  const [, stage = "1", step = "1", text = ""] = /^(?:\[(\d+)\/\d+\] )?STEP (\d+)\/\d+: (.*)$/.exec(line) ?? [];
  return text === "" ? null : { stage: Number(stage), step: Number(step), text };
};

interface Reason {
  readonly pattern: RegExp;
  readonly code: string;
  readonly why: string;
  readonly next: string;
}

/** Why a base image could not be had; in registries' and buildah's words. */
const pullReasons: readonly Reason[] = [
  {
    pattern: /x509|certificate/i,
    code: "base-image.unreachable",
    why: "the certificate of its registry is not trusted by this machine",
    next: "Ask the operator to install the registry's certificate authority.",
  },
  {
    pattern:
      /no such host|connection refused|network is unreachable|i\/o timeout|no route to host|Temporary failure|TLS handshake/i,
    code: "base-image.unreachable",
    why: "its registry cannot be reached from this machine",
    next: "Check the image's host name, and that this machine reaches the network; then deploy again.",
  },
  {
    pattern: /manifest unknown|not found|name unknown|no image found in manifest/i,
    code: "base-image.missing",
    why: "its registry has no such image",
    next: "Check the image's name and tag.",
  },
  {
    pattern: /denied|unauthorized|authentication required|forbidden/i,
    code: "base-image.denied",
    why: "its registry does not give it to everyone, or there is no such image",
    next: "Check the image's name, or use one that is public.",
  },
  {
    pattern: /toomanyrequests|429/i,
    code: "base-image.unreachable",
    why: "its registry asks to wait because too much was fetched",
    next: "Try again in a while.",
  },
  {
    pattern: /did not resolve to an alias|invalid reference format|parsing/i,
    code: "base-image.missing",
    why: "its name does not say which registry it is in",
    next: "Write the whole name, such as docker.io/library/node:24.",
  },
];

const isPull = (text: string): boolean =>
  /creating build container|initializing source|pinging container registry|Trying to pull|short-name/.test(text);

/** The base that could not be pulled may belong to a step that was not announced yet. */
const baseOf = (trouble: ImageTrouble): { image: string; line: number | null } => {
  const all = trouble.lines.join("\n");
  const from = trouble.step?.text.startsWith("FROM ") ? trouble.step : null;
  const image =
    from?.text.replace(/^FROM\s+(?:--\S+\s+)*/, "").split(/\s+/)[0] ??
    /Trying to pull (\S+?)\.\.\./.exec(all)?.[1] ??
    /docker:\/\/(\S+?):\s/.exec(all)?.[1] ??
    "that it names";
  if (from) return { image, line: lineOfStep(trouble.dockerfile, from) };
  const at = trouble.dockerfile.split(/\r\n|\r|\n/).findIndex((line) => /^\s*FROM\s/i.test(line) && line.includes(image));
  const first = trouble.dockerfile.split(/\r\n|\r|\n/).findIndex((line) => /^\s*FROM\s/i.test(line));
  const found = at === -1 ? first : at;
  return { image, line: found === -1 ? null : found + 1 };
};

const pullFailure = (trouble: ImageTrouble, told: string): BuildFailure => {
  const { image, line } = baseOf(trouble);
  const reason = pullReasons.find((each) => each.pattern.test(told));
  const where = line === null ? trouble.name : `${trouble.name} line ${line}`;
  return new BuildFailure(
    reason?.code ?? "base-image.unreachable",
    `${where}: the base image ${image} cannot be fetched, because ${reason?.why ?? `of this: ${told.slice(-300)}`}.`,
    reason?.next ?? "Check the image's name, then deploy again.",
  );
};

/** What the machine lacks, whatever the Dockerfile says. */
const machineFailure = (all: string): BuildFailure | null => {
  if (/newuidmap|newgidmap|subuid|subgid|insufficient UIDs or GIDs|no subuid ranges/i.test(all))
    return new BuildFailure(
      "builder.subuid",
      "This machine does not let the platform's user build images: it has no range of user ids for that.",
      "Ask the operator to install uidmap and to add ranges for the platform's user (usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER).",
    );
  if (
    /unshare failed|unshare\(CLONE_NEWUSER\)|cannot clone: Operation not permitted|user namespaces? (?:are|is) not enabled/i.test(
      all,
    )
  )
    return new BuildFailure(
      "builder.namespaces",
      "This machine forbids new namespaces, without which images cannot be built safely.",
      "Ask the operator to allow them (user namespaces: in a cluster, neither seccomp's RuntimeDefault nor AppArmor may forbid them), or build the image elsewhere and deploy it as an image.",
    );
  if (/no space left on device/i.test(all))
    return new BuildFailure(
      "disk.full",
      "The disk of the build machine is full.",
      "Ask the operator to make room, then try again.",
    );
  return null;
};

/** A build of an image that failed, in words a person can act on. */
export const imageFailure = (trouble: ImageTrouble): BuildFailure => {
  const errors = trouble.lines.filter((line) => /\b[Ee]rror\b|level=error|level=warning|failed/.test(line));
  const told = (errors.at(-1) ?? trouble.lines.at(-1) ?? "").trim();
  const ran = trouble.step !== null && !trouble.step.text.startsWith("FROM ");
  if (!/building at STEP/.test(told) && isPull(told)) return pullFailure(trouble, told);
  const machine = ran ? null : machineFailure(trouble.lines.join("\n"));
  if (machine) return machine;
  const line = trouble.step === null ? null : lineOfStep(trouble.dockerfile, trouble.step);
  const where = line === null ? trouble.name : `${trouble.name} line ${line}`;
  const code = /exit status (\d+)\D*$/.exec(told)?.[1];
  const what = trouble.step === null ? "the image was not built" : trouble.step.text.slice(0, 200);
  const how = code ? `failed with exit code ${code}` : "failed";
  const last = trouble.lines.filter((text) => text.trim() !== "" && stepOf(text) === null).slice(-6);
  return new BuildFailure(
    "build.failed",
    `${where}: ${what} ${how}. ${last.length === 0 ? "It printed nothing." : `Its last lines: ${last.join(" ⏎ ").slice(-900)}`}`,
    "Read the log from the line named here, mend the source, and deploy again.",
  );
};

/** A program that is not there: a machine whose containers start says so when all else has been done. */
export const missingProgram = "/pluvia-probe";
/** Do containers start, going by what was printed when `missingProgram` was run in one? */
export const containersStart = (lines: readonly string[]): boolean =>
  lines.some((line) => line.includes(missingProgram) && /no such file|not found/i.test(line));
