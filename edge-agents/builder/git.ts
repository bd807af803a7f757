import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { shellQuote } from "../../shared/base/shell-quote.ts";
import type { GitCredential } from "../../shared/contract/source.ts";
import { BuildFailure } from "../../shared/domain/build/failure.ts";
import type { GitUrl } from "../../shared/domain/build/git-url.ts";
import { type Ran, runProcess } from "./process.ts";

/** Where git fetches from. A `file` is a repository of the platform itself: never what a person typed. */
export type Remote = GitUrl | { readonly kind: "file"; readonly url: string };

export interface GitContext {
  readonly remote: Remote;
  readonly addresses: readonly string[];
  readonly credential: GitCredential | null;
  /** For the askpass program, keys and known hosts; removed with the build. */
  readonly temporary: string;
  readonly gitFolder: string;
  readonly workTree: string;
  readonly limits: { readonly timeoutMs: number; readonly sourceBytes: number };
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

/** What a server says of its own work: nothing for the one who reads a build's log. */
const serverCounts = /^remote: (Enumerating|Counting|Compressing|Total) /;

/** Nothing but what is given here decides how git behaves: no configuration of the machine, of a person or of the repository. */
const settings = (context: GitContext): readonly string[] => {
  const { remote } = context;
  const values = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    "core.autocrlf=false",
    "core.symlinks=true",
    "core.protectHFS=true",
    "core.protectNTFS=true",
    "core.askPass=",
    "core.sshCommand=",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "credential.helper=",
    "protocol.allow=never",
    `protocol.${remote.kind}.allow=always`,
    "http.followRedirects=false",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "advice.detachedHead=false",
    "index.threads=false",
    "safe.directory=*",
  ];
  if (remote.kind === "http" || remote.kind === "https") {
    const pinned = context.addresses.map((address) => (address.includes(":") ? `[${address}]` : address)).join(",");
    if (pinned !== "") values.push(`http.curloptResolve=${remote.host.replace(/^\[|\]$/g, "")}:${remote.port}:${pinned}`);
  }
  return values.flatMap((value) => ["-c", value]);
};

const passed = [
  "PATH",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "GIT_SSL_CAINFO",
  "GIT_SSL_CAPATH",
  "HTTPS_PROXY",
  "https_proxy",
  "HTTP_PROXY",
  "http_proxy",
  "NO_PROXY",
  "no_proxy",
  "TMPDIR",
] as const;

const sshCommand = (context: GitContext): string => {
  const { remote, credential, temporary } = context;
  if (remote.kind !== "ssh") return "false";
  const known = join(temporary, "known_hosts");
  const given = credential?.kind === "ssh-key" ? credential.knownHosts : undefined;
  writeFileSync(known, given ?? "", { mode: 0o600 });
  const options = [
    "BatchMode=yes",
    "IdentitiesOnly=yes",
    "ForwardAgent=no",
    "PermitLocalCommand=no",
    "ProxyCommand=none",
    "ClearAllForwardings=yes",
    "ConnectTimeout=20",
  ];
  options.push(
    `UserKnownHostsFile=${known}`,
    "GlobalKnownHostsFile=/dev/null",
    `StrictHostKeyChecking=${given === undefined ? "accept-new" : "yes"}`,
  );
  if (context.addresses[0] !== undefined) options.push(`HostName=${context.addresses[0]}`, `HostKeyAlias=${remote.host}`);
  const key = join(temporary, "key");
  if (credential?.kind === "ssh-key") writeFileSync(key, `${credential.privateKey.trim()}\n`, { mode: 0o600 });
  const identity = credential?.kind === "ssh-key" ? ["-i", key] : [];
  return ["ssh", "-F", "/dev/null", ...identity, ...options.flatMap((option) => ["-o", option])].map(shellQuote).join(" ");
};

/** git asks this program for a user and a password: they are in no command line and in no file. */
const askPass =
  '#!/bin/sh\ncase "$1" in\nUsername*) printf "%s\\n" "$PLUVIA_GIT_USERNAME" ;;\n*) printf "%s\\n" "$PLUVIA_GIT_PASSWORD" ;;\nesac\n';

/** The objects of a repository of this machine, bare or not; quoted, since a colon would part two paths. */
const objectsOf = (repository: string): string =>
  JSON.stringify([join(repository, ".git", "objects"), join(repository, "objects")].find((folder) => existsSync(folder)) ?? "");

const environmentOf = (context: GitContext): Record<string, string> => {
  const { temporary, credential, remote } = context;
  mkdirSync(join(temporary, "home"), { recursive: true, mode: 0o700 });
  const ask = join(temporary, "askpass");
  if (credential?.kind === "token") writeFileSync(ask, askPass, { mode: 0o700 });
  const username = remote.kind === "http" || remote.kind === "https" ? remote.username : null;
  return {
    ...Object.fromEntries(
      passed.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name] as string]])),
    ),
    HOME: join(temporary, "home"),
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_PROTOCOL_FROM_USER: "0",
    GIT_ALLOW_PROTOCOL: remote.kind,
    GIT_LFS_SKIP_SMUDGE: "1",
    GIT_SSH_COMMAND: sshCommand(context),
    GIT_SSH_VARIANT: "ssh",
    // Read where they lie, in place of copied.
    ...(remote.kind === "file" ? { GIT_ALTERNATE_OBJECT_DIRECTORIES: objectsOf(remote.url) } : {}),
    ...(credential?.kind === "token"
      ? { GIT_ASKPASS: ask, PLUVIA_GIT_USERNAME: username ?? credential.username, PLUVIA_GIT_PASSWORD: credential.token }
      : { GIT_ASKPASS: "false" }),
  };
};

export interface GitRun extends Ran {
  readonly errors: string;
}

export type Git = (args: readonly string[], keepBytes?: number) => Promise<GitRun>;

/** Bytes of the packs received so far: fetching has no limit of its own. */
const packBytes = (gitFolder: string): number => {
  const folder = join(gitFolder, "objects", "pack");
  try {
    return readdirSync(folder).reduce(
      (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
};

const sizeText = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;

export const tooLarge = (limit: number): BuildFailure =>
  new BuildFailure(
    "repository.too-large",
    `The source is larger than ${sizeText(limit)}.`,
    "Keep large files out of the repository, or ask the operator for a higher limit.",
    undefined,
    { limit: sizeText(limit) },
  );

/** git for one build: made once, because it writes the files that credentials are read from. */
export const gitFor = (context: GitContext): Git => {
  const environment = environmentOf(context);
  return async (args, keepBytes = 1024 * 1024) => {
    const errors: string[] = [];
    const stop = new AbortController();
    let over = false;
    const watch = setInterval(() => {
      if (packBytes(context.gitFolder) <= context.limits.sourceBytes) return;
      over = true;
      stop.abort();
    }, 200);
    const ran = await runProcess({
      argv: ["git", ...settings(context), `--git-dir=${context.gitFolder}`, `--work-tree=${context.workTree}`, ...args],
      folder: context.temporary,
      environment,
      timeoutMs: context.limits.timeoutMs,
      signal: AbortSignal.any([context.signal, stop.signal]),
      keepBytes,
      onLine: (stream, line) => {
        if (stream !== "err" || line === "") return;
        if (errors.length < 100) errors.push(line);
        if (args[0] === "fetch" && !serverCounts.test(line)) context.onLine(line.trimEnd());
      },
    });
    clearInterval(watch);
    if (over) throw tooLarge(context.limits.sourceBytes);
    if (ran.ended === "not-started")
      throw new BuildFailure(
        "tool.missing",
        "git is not installed on this machine.",
        "Install git, or choose a data center that has it.",
        undefined,
        { tool: "git", install: "git" },
      );
    return { ...ran, errors: errors.join("\n") };
  };
};

export const removeLocks = (gitFolder: string): void => {
  for (const lock of ["index.lock", "shallow.lock", "HEAD.lock", "config.lock", "FETCH_HEAD.lock"])
    rmSync(join(gitFolder, lock), { force: true });
};
