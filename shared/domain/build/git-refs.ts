import { editDistance } from "../../base/edit-distance.ts";
import { BuildFailure } from "./failure.ts";

export interface Refs {
  /** Commit by full name, e.g. `refs/heads/main`; a tag's is the commit it points to. */
  readonly commits: ReadonlyMap<string, string>;
  readonly head: { readonly name: string | null; readonly commit: string } | null;
  /** The default one first, then by name. */
  readonly branches: readonly string[];
}

/** The answer of `git ls-remote --symref`. */
export const parseRefs = (text: string): Refs => {
  const commits = new Map<string, string>();
  let headName: string | null = null;
  let head: string | undefined;
  for (const line of text.split("\n")) {
    const [left = "", name = ""] = line.split("\t");
    if (left.startsWith("ref: ") && name === "HEAD") headName = left.slice(5);
    else if (!/^[0-9a-f]{40,64}$/.test(left)) continue;
    else if (name === "HEAD") head = left;
    else commits.set(name.replace(/\^\{\}$/, ""), left);
  }
  const main = headName?.replace(/^refs\/heads\//, "");
  const branches = [...commits.keys()]
    .filter((name) => name.startsWith("refs/heads/"))
    .map((name) => name.slice("refs/heads/".length));
  branches.sort((a, b) => Number(b === main) - Number(a === main) || (a < b ? -1 : 1));
  return { commits, head: head === undefined ? null : { name: headName, commit: head }, branches };
};

export type WantedRef =
  | { readonly kind: "name"; readonly name: string; readonly commit: string }
  | { readonly kind: "commit"; readonly commit: string }
  | { readonly kind: "abbreviated"; readonly id: string };

/** The names most like a word, the likest first. */
export const nearest = (word: string, names: readonly string[], count: number): readonly string[] =>
  names
    .slice(0, 1_000)
    .map((name) => ({
      name,
      far: name.toLowerCase().includes(word.toLowerCase())
        ? 0
        : editDistance(word.slice(0, 60).toLowerCase(), name.slice(0, 60).toLowerCase()),
    }))
    .sort((a, b) => a.far - b.far)
    .slice(0, count)
    .map((each) => each.name);

const missing = (ref: string, refs: Refs): BuildFailure =>
  new BuildFailure(
    "ref.missing",
    `There is no branch or tag ${ref} in the repository.`,
    refs.branches.length === 0 ? "The repository has no branches." : `Did you mean ${nearest(ref, refs.branches, 3).join(", ")}?`,
  );

/** @throws BuildFailure `repository.empty`, `ref.missing` with the nearest names. */
export const wantedRef = (refs: Refs, ref: string | null): WantedRef => {
  if (refs.commits.size === 0 && refs.head === null)
    throw new BuildFailure("repository.empty", "The repository is empty: it has no commits.", "Push a commit and try again.");
  if (ref === null || ref === "HEAD") {
    const first = refs.branches[0];
    if (refs.head) return { kind: "name", name: refs.head.name ?? "HEAD", commit: refs.head.commit };
    if (first === undefined)
      throw new BuildFailure("ref.missing", "The repository has no default branch.", "Name a branch, tag or commit.");
    return { kind: "name", name: `refs/heads/${first}`, commit: refs.commits.get(`refs/heads/${first}`) ?? "" };
  }
  const full = [`refs/heads/${ref}`, `refs/tags/${ref}`, ref].find((name) => name.startsWith("refs/") && refs.commits.has(name));
  if (full !== undefined) return { kind: "name", name: full, commit: refs.commits.get(full) ?? "" };
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(ref)) return { kind: "commit", commit: ref };
  if (/^[0-9a-f]{7,39}$/.test(ref)) return { kind: "abbreviated", id: ref };
  throw missing(ref, refs);
};
