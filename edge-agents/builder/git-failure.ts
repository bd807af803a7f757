import { BuildFailure } from "../../shared/domain/build/failure.ts";

interface Kind {
  readonly pattern: RegExp;
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

/** What git and ssh say, by what a person can do about it; the first that fits counts. */
const kinds: readonly Kind[] = [
  {
    pattern: /no space left on device|out of diskspace|disk quota exceeded/i,
    code: "disk.full",
    message: "The disk of the build machine is full.",
    next: "Ask the operator to make room, then try again.",
  },
  {
    pattern: /unable to update url base from redirection|redirect/i,
    code: "repository.moved",
    message: "The repository answers from another address (a redirect), which is not followed.",
    next: "Use the address it has moved to.",
  },
  {
    pattern: /host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/i,
    code: "repository.host-key",
    message: "The host's ssh key is not the one that was given.",
    next: "Check the known hosts of the credential.",
  },
  {
    pattern: /error in libcrypto|invalid format|Load key/i,
    code: "repository.credential",
    message: "The ssh key of the credential cannot be read.",
    next: "Give a private key in PEM or OpenSSH form, without a passphrase.",
  },
  {
    pattern:
      /could not read (username|password)|authentication failed|permission denied|returned error: 40[13]|terminal prompts disabled|access denied|invalid username or (password|token)/i,
    code: "repository.private",
    message: "The repository is private, or the credential does not open it.",
    next: "Give the source a credential that may read it: a token, or a deploy key for ssh.",
  },
  {
    pattern:
      /repository .*not found|returned error: 404|does not appear to be a git repository|not a git repository|not valid: is this a git repository/i,
    code: "repository.not-found",
    message: "There is no repository at this address, or it is private.",
    next: "Check the address; if the repository is private, give the source a credential.",
  },
  {
    pattern: /certificate|SSL|TLS/i,
    code: "repository.certificate",
    message: "The host's certificate is not accepted.",
    next: "Use an address with a valid certificate.",
  },
  {
    pattern:
      /could not resolve|connection refused|timed out|no route to host|network is unreachable|failed to connect|couldn't connect|connection reset|unable to access|early eof|hung up|could not read from remote/i,
    code: "repository.unreachable",
    message: "The repository's host does not answer.",
    next: "Check the address, and that this machine can reach the host; then try again.",
  },
];

/** The lines of git that tell something, without our own paths. */
const said = (errors: string): string => {
  const line = errors.split("\n").findLast((each) => /^(fatal|error|remote|ssh):/i.test(each)) ?? errors.split("\n").at(-1) ?? "";
  return line.replace(/(?<![\w:/])'?\/[^\s']*\/(git|source)\b'?/g, "the build folder").slice(0, 300);
};

export const gitFailure = (errors: string, ended: string): BuildFailure => {
  if (ended === "timeout")
    return new BuildFailure(
      "repository.slow",
      "The repository did not arrive in time.",
      "Try again; if it is very large, make it smaller.",
    );
  const kind = kinds.find((each) => each.pattern.test(errors));
  const detail = said(errors);
  const params = { said: detail };
  if (kind)
    return new BuildFailure(
      kind.code,
      `${kind.message}${detail === "" ? "" : ` git says: ${detail}`}`,
      kind.next,
      undefined,
      detail === "" ? undefined : params,
    );
  return new BuildFailure(
    "repository.failed",
    `The repository could not be fetched. git says: ${detail || "nothing"}`,
    "Check the address and the ref, and try again.",
    undefined,
    params,
  );
};
