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
  /** How the files became what they are; null: they were all looked at anew. */
  readonly moved: Moved | null;
}

/** What is different from an earlier commit, which was checked out before. */
export interface Moved {
  readonly from: string;
  /** Paths of files and links that are new or have other content. */
  readonly written: readonly string[];
  readonly removed: readonly string[];
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
const checkSize = async (git: Git, commit: string, limit: number): Promise<number> => {
  const ran = await git(["ls-tree", "-r", "-l", "-z", "--full-tree", commit], 64 * 1024 * 1024);
  if (ran.ended === "too-much") throw tooLarge(limit);
  if (ran.exitCode !== 0) throw gitFailure(ran.errors, ran.ended);
  const sum = sizesIn(ran.output);
  if (sum > limit) throw tooLarge(limit);
  return sum;
};

const sizesIn = (list: Buffer): number => {
  let sum = 0;
  for (const match of list.toString("latin1").matchAll(/(?:^|\0)\d+ blob [0-9a-f]+ +(\d+)\t/g)) sum += Number(match[1]);
  return sum;
};

/** What the work tree holds: absent while it is changed. `bytes` is at least the sum of its files. */
interface Marked {
  readonly commit: Commit;
  readonly bytes: number;
}

const marker = (context: GitContext): string => join(context.gitFolder, "pluvia-checked-out.json");
const marked = (context: GitContext): Marked | null => {
  if (!existsSync(marker(context))) return null;
  try {
    return JSON.parse(readFileSync(marker(context), "utf8")) as Marked;
  } catch (error) {
    // Half-written by a crash: everything is checked out again.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
};

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

const ensure = async (git: Git, url: string, wanted: WantedRef, before: Marked | null): Promise<Wanted> => {
  const id = wanted.kind === "abbreviated" ? await fetchAbbreviated(git, url, wanted.id) : wanted.commit;
  // At once: most of what git takes is its start.
  const [here, different] = await Promise.all([
    describe(git, id),
    before === null ? null : differences(git, before.commit.id, id),
  ]);
  if (here !== null) return { commit: here, different };
  await fetch(git, url, wanted.kind === "name" ? wanted.name : id);
  const fetched = await describe(git, id);
  if (fetched !== null) return { commit: fetched, different: null };
  throw new BuildFailure("ref.moved", "The branch moved while it was fetched.", "Try again.");
};

/** A commit pushed to the platform itself is known and readable where it lies (see `environmentOf`): nobody needs to be asked for it. */
const isPushed = (context: GitContext, ref: string | null): ref is string =>
  context.remote.kind === "file" && ref !== null && /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(ref);

/** More than these are checked out as a whole. */
const pathsMax = 500;
const pathsLengthMax = 64 * 1024;

/** What differs between two commits; null: too much, or what decides how files are written out is among it. */
const differences = async (git: Git, from: string, to: string): Promise<Moved | null> => {
  const ran = await git(["diff-tree", "-r", "-z", "--no-renames", "--name-status", from, to], pathsLengthMax);
  if (ran.ended !== "exited" || ran.exitCode !== 0) return null;
  const text = ran.output.toString("utf8");
  const pairs = [...text.matchAll(/([A-Z])\0([^\0]+)\0/g)].map(([, status = "", path = ""]) => ({ status, path }));
  const isPlain = !text.includes("\ufffd") && pairs.every(({ path }) => !/(^|\/)(\.gitattributes|\.gitmodules)$/.test(path));
  if (pairs.length > pathsMax || !isPlain) return null;
  const paths = (isRemoved: boolean) => pairs.filter(({ status }) => (status === "D") === isRemoved).map(({ path }) => path);
  return { from, written: paths(false), removed: paths(true) };
};

/** Changes only the files that differ: git looks at no other. Answers null when that is not possible. */
const move = async (
  git: Git,
  context: GitContext,
  before: Marked,
  { commit, moved }: { commit: string; moved: Moved },
): Promise<(Moved & { bytes: number }) | null> => {
  const { from, written } = moved;
  const list = written.length === 0 ? null : await git(["ls-tree", "-r", "-l", "-z", "--full-tree", commit, "--", ...written]);
  if (list !== null && list.exitCode !== 0) return null;
  const bytes = before.bytes + (list === null ? 0 : sizesIn(list.output));
  if (bytes > context.limits.sourceBytes) return null;
  rmSync(marker(context), { force: true });
  if ((await git(["read-tree", "-m", "-u", from, commit])).exitCode !== 0) return null;
  // What a later fetch says it has.
  writeFileSync(join(context.gitFolder, "HEAD"), `${commit}\n`);
  return { ...moved, bytes };
};

/** All files as the commit has them. Nothing but git writes there: only what an interrupted checkout left can be in the way. */
const checkoutAll = async (git: Git, context: GitContext, commit: string): Promise<number> => {
  rmSync(marker(context), { force: true });
  const bytes = await checkSize(git, commit, context.limits.sourceBytes);
  // Without its index git writes every file again, as a .gitattributes that changed may want them otherwise.
  rmSync(join(context.gitFolder, "index"), { force: true });
  await run(git, ["checkout", "--quiet", "--force", "--detach", commit, "--"]);
  await run(git, ["clean", "-ffdxq"]);
  return bytes;
};

interface Wanted {
  readonly commit: Commit;
  /** From what was checked out before, where it could be told while the commit was looked at. */
  readonly different: Moved | null;
}

/** Which files are what they are already, and which are written. */
const bring = async (git: Git, context: GitContext, before: Marked | null, wanted: Wanted): Promise<Moved | null> => {
  const { commit } = wanted;
  if (before?.commit.id === commit.id) return { from: commit.id, written: [], removed: [] };
  const different = wanted.different ?? (before === null ? null : await differences(git, before.commit.id, commit.id));
  const moved =
    before === null || different === null ? null : await move(git, context, before, { commit: commit.id, moved: different });
  const bytes = moved?.bytes ?? (await checkoutAll(git, context, commit.id));
  writeFileSync(marker(context), JSON.stringify({ commit, bytes } satisfies Marked));
  return moved;
};

const once = async (context: GitContext, ref: string | null): Promise<Checkout> => {
  const git = gitFor(context);
  const { url } = context.remote;
  await prepare(git, context);
  const refs = isPushed(context, ref) ? null : await listRefs(git, url);
  const wanted: WantedRef = refs === null ? { kind: "commit", commit: ref ?? "" } : wantedRef(refs, ref);
  const before = marked(context);
  const isSame = before !== null && wanted.kind !== "abbreviated" && wanted.commit === before.commit.id;
  const found = isSame ? { commit: before.commit, different: null } : await ensure(git, url, wanted, before);
  return {
    commit: found.commit,
    branches: refs?.branches.slice(0, 100) ?? [],
    moved: await bring(git, context, before, found),
  };
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
