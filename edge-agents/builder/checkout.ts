import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Commit } from "../../shared/contract/release.ts";
import { BuildFailure } from "../../shared/domain/build/failure.ts";
import { parseRefs, type Refs, type WantedRef, wantedRef } from "../../shared/domain/build/git-refs.ts";
import { type Git, type GitContext, gitFor, removeLocks, tooLarge } from "./git.ts";
import { gitFailure } from "./git-failure.ts";

export interface Checkout {
  readonly commit: Commit;
  readonly branches: readonly string[];
}

const run = async (git: Git, args: readonly string[], keepBytes?: number): Promise<string> => {
  const ran = await git(args, keepBytes);
  if (ran.ended !== "exited" || ran.exitCode !== 0) throw gitFailure(ran.errors, ran.ended);
  return ran.output.toString("utf8");
};

/** A repository with very many refs is asked for those that matter only up to here. */
const refsBytesMax = 8 * 1024 * 1024;

const listRefs = async (git: Git, url: string): Promise<Refs> =>
  parseRefs(await run(git, ["ls-remote", "--symref", "--", url], refsBytesMax));

const prepare = async (git: Git, context: GitContext): Promise<void> => {
  mkdirSync(context.workTree, { recursive: true, mode: 0o700 });
  if (existsSync(join(context.gitFolder, "HEAD"))) return removeLocks(context.gitFolder);
  mkdirSync(context.gitFolder, { recursive: true, mode: 0o700 });
  await run(git, ["init", "--quiet", "--template="]);
};

/** Only the newest commit; hosts that cannot do that (plain file servers) are asked for everything. */
const fetch = async (git: Git, url: string, what: string): Promise<void> => {
  const options = ["--no-tags", "--no-write-fetch-head", "--force", "--progress", "--no-recurse-submodules"];
  const shallow = await git(["fetch", ...options, "--depth=1", "--", url, what]);
  if (shallow.exitCode === 0) return;
  if (!/dumb http transport does not support shallow/i.test(shallow.errors)) throw gitFailure(shallow.errors, shallow.ended);
  await run(git, ["fetch", ...options, "--", url, what]);
};

/** Sizes of a tree's files are summed before they are written: a small pack can hold a huge tree. */
const checkSize = async (git: Git, commit: string, limit: number): Promise<void> => {
  const ran = await git(["ls-tree", "-r", "-l", "-z", "--full-tree", commit], 64 * 1024 * 1024);
  if (ran.ended === "too-much") throw tooLarge(limit);
  if (ran.exitCode !== 0) throw gitFailure(ran.errors, ran.ended);
  let sum = 0;
  for (const match of ran.output.toString("latin1").matchAll(/(?:^|\0)\d+ blob [0-9a-f]+ +(\d+)\t/g)) sum += Number(match[1]);
  if (sum > limit) throw tooLarge(limit);
};

const marker = (context: GitContext): string => join(context.gitFolder, "pluvia-checked-out");
const checkedOut = (context: GitContext): string => (existsSync(marker(context)) ? readFileSync(marker(context), "utf8") : "");

/** null: the commit is not here. */
const describe = async (git: Git, commit: string): Promise<Commit | null> => {
  const ran = await git(["log", "-1", "--no-show-signature", "--format=%H%x00%an%x00%ct%x00%s", commit, "--"]);
  if (ran.ended !== "exited") throw gitFailure(ran.errors, ran.ended);
  if (ran.exitCode !== 0) return null;
  const [id = commit, author = "", seconds = "", message = ""] = ran.output.toString("utf8").trim().split("\0");
  return {
    id,
    author: author.slice(0, 200),
    message: message.slice(0, 500),
    at: seconds === "" ? null : new Date(Number(seconds) * 1000).toISOString(),
  };
};

/** A short commit id is looked for in the whole history. */
const fetchAbbreviated = async (git: Git, url: string, id: string): Promise<string> => {
  await run(git, [
    "fetch",
    "--no-tags",
    "--no-write-fetch-head",
    "--force",
    "--no-recurse-submodules",
    "--",
    url,
    "+refs/heads/*:refs/pluvia/*",
  ]);
  const found = await git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${id}^{commit}`]);
  if (found.exitCode !== 0)
    throw new BuildFailure(
      "ref.missing",
      `There is no commit ${id} in the repository.`,
      "Give the whole commit id, a branch or a tag.",
    );
  return found.output.toString("utf8").trim();
};

const ensure = async (git: Git, url: string, wanted: WantedRef): Promise<Commit> => {
  const id = wanted.kind === "abbreviated" ? await fetchAbbreviated(git, url, wanted.id) : wanted.commit;
  const here = await describe(git, id);
  if (here !== null) return here;
  await fetch(git, url, wanted.kind === "name" ? wanted.name : id);
  const fetched = await describe(git, id);
  if (fetched !== null) return fetched;
  throw new BuildFailure("ref.moved", "The branch moved while it was fetched.", "Try again.");
};

/** A commit pushed to the platform itself is known and readable where it lies (see `environmentOf`): nobody needs to be asked for it. */
const isPushed = (context: GitContext, ref: string | null): ref is string =>
  context.remote.kind === "file" && ref !== null && /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(ref);

const once = async (context: GitContext, ref: string | null): Promise<Checkout> => {
  const git = gitFor(context);
  const { url } = context.remote;
  await prepare(git, context);
  const refs = isPushed(context, ref) ? null : await listRefs(git, url);
  const commit = await ensure(git, url, refs === null ? { kind: "commit", commit: ref ?? "" } : wantedRef(refs, ref));
  const before = checkedOut(context);
  if (before !== commit.id) {
    rmSync(marker(context), { force: true });
    await checkSize(git, commit.id, context.limits.sourceBytes);
    await run(git, ["checkout", "--quiet", "--force", "--detach", commit.id, "--"]);
    // Nothing but git writes here: only what an interrupted checkout left can be in the way.
    if (before === "") await run(git, ["clean", "-ffdxq"]);
    writeFileSync(marker(context), commit.id);
  }
  return { commit, branches: refs?.branches.slice(0, 100) ?? [] };
};

/** Failures that say that our copy, not the repository, is at fault: it is thrown away and made anew once. */
const ourFault = /^(repository\.failed|repository\.not-found)$/;

/** The wanted commit of a repository as files in `workTree`, which is kept between builds so that only what changed is written. */
export const checkout = async (context: GitContext, ref: string | null): Promise<Checkout> => {
  const reused = existsSync(join(context.gitFolder, "HEAD"));
  try {
    return await once(context, ref);
  } catch (error) {
    if (!reused || !(error instanceof BuildFailure) || !ourFault.test(error.code)) throw error;
    rmSync(context.gitFolder, { recursive: true, force: true });
    rmSync(context.workTree, { recursive: true, force: true });
    return once(context, ref);
  }
};
