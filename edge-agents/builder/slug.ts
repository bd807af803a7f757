import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildPlan } from "../../shared/domain/build/build-plan.ts";
import { BuildFailure } from "../../shared/domain/build/failure.ts";
import type { BuildContext, FetchedSource } from "./context.ts";
import type { Part } from "./pack.ts";
import { hashFile, type Indexed, indexAgain, indexTree } from "./tree-index.ts";

/** The largest node_modules seen have 150,000 files. */
const entriesMax = 400_000;
/** Packed they are a third to a tenth of this. */
const unpackedFactor = 8;

const limitsOf = (context: BuildContext) => ({ entries: entriesMax, bytes: context.order.limits.slugBytes * unpackedFactor });

/** Never part of an application, and different from machine to machine. */
export const neverPacked: ReadonlySet<string> = new Set([".git", "__pycache__", ".DS_Store", ".pytest_cache", ".mypy_cache"]);

const excluder =
  (plan: BuildPlan) =>
  (path: string, name: string, isDirectory: boolean): boolean => {
    if (neverPacked.has(name)) return true;
    return (
      plan.slug.exclude.some((pattern) =>
        pattern.endsWith("/") ? isDirectory && name === pattern.slice(0, -1) : path === pattern,
      ) ||
      (plan.dependencies?.folders.includes(`app/${path}`) ?? false)
    );
  };

const indexed = (
  context: BuildContext,
  folder: string,
  name: string,
  exclude: (path: string, name: string, isDirectory: boolean) => boolean,
): readonly Indexed[] => {
  const known = context.cache.hashes(name);
  const before = new Map(known);
  const entries = indexTree(folder, { known, exclude, limits: limitsOf(context) });
  const present = new Set(entries.map((entry) => entry.path));
  for (const path of known.keys()) if (!present.has(path)) known.delete(path);
  const isSame = known.size === before.size && [...known].every(([path, hash]) => before.get(path) === hash);
  if (!isSame) context.cache.keepHashes(name, known);
  return entries;
};

/** Entries as they are kept (names hold no control characters, links' targets may): ten thousand objects take ten times as long to read as one text. */
const linesOf = (entries: readonly Indexed[]): string =>
  entries
    .map(({ path, kind, executable, sizeBytes, sha256, target }) =>
      [path, kind, executable ? 1 : 0, sizeBytes, sha256, JSON.stringify(target)].join("\t"),
    )
    .join("\n");
const entriesIn = (lines: string): readonly Indexed[] =>
  lines === ""
    ? []
    : lines.split("\n").map((line) => {
        const [path = "", kind, executable, sizeBytes, sha256 = "", target = "null"] = line.split("\t");
        return {
          path,
          kind: kind as Indexed["kind"],
          executable: executable === "1",
          sizeBytes: Number(sizeBytes),
          sha256,
          target: JSON.parse(target) as string | null,
        };
      });

/** The index of the last build, good for the commit and the choice of files that it was made of. */
interface KeptApp {
  readonly commit: string;
  readonly choice: string;
  readonly lines: string;
}

/** What decides which files of a commit are packed. */
const choiceOf = (plan: BuildPlan, below: string): string =>
  JSON.stringify([2, below, plan.slug.exclude, plan.dependencies?.folders ?? []]);

const below = (paths: readonly string[], folder: string): readonly string[] =>
  folder === "" ? paths : paths.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1));

/** Of files that only git wrote: what it did not touch since the last build is not looked at again. */
const indexedFromCommit = (
  context: BuildContext,
  plan: BuildPlan,
  from: { folder: string; source: FetchedSource },
): { entries: readonly Indexed[]; identity: string } | null => {
  const { commit, moved } = from.source;
  if (commit === null) return null;
  const place = relative(from.source.folder, from.folder);
  const choice = choiceOf(plan, place);
  const kept = context.cache.read<KeptApp>("app-index");
  const exclude = excluder(plan);
  const options = { known: new Map(), exclude, limits: limitsOf(context) };
  const isNext = kept !== null && moved !== null && kept.choice === choice && kept.commit === moved.from;
  const changed = { written: below(moved?.written ?? [], place), removed: below(moved?.removed ?? [], place) };
  const again = isNext ? indexAgain(from.folder, entriesIn(kept.lines), changed, options) : null;
  const entries = again ?? indexed(context, from.folder, "app", exclude);
  if (kept?.commit !== commit.id || kept.choice !== choice || again === null)
    context.cache.keep<KeptApp>("app-index", { commit: commit.id, choice, lines: linesOf(entries) });
  return { entries, identity: `${commit.id} ${choice}` };
};

/** `source` is given where the application's files are those of the source itself: no step wrote there. */
export const appPart = (context: BuildContext, plan: BuildPlan, app: string, source: FetchedSource | null): Part => {
  const folder = plan.slug.from === "" ? app : join(app, plan.slug.from);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new BuildFailure(
      "build.no-output",
      `The build made no folder ${plan.slug.from}, which was to be served.`,
      "Check where the build writes its result, and that the build script makes it.",
    );
  const known = source === null ? null : indexedFromCommit(context, plan, { folder, source });
  return { folder, prefix: "app", ...(known ?? { entries: indexed(context, folder, "app", excluder(plan)) }) };
};

/** Caches of tools, and files that hold the time of the installation. */
const isVolatile = (path: string, name: string): boolean =>
  name === ".cache" ||
  name === ".package-lock.json" ||
  name === ".yarn-integrity" ||
  name === ".modules.yaml" ||
  name === ".vite" ||
  name === "__pycache__" ||
  name === ".pnpm-workspace-state.json" ||
  path === ".bin/.cache" ||
  /\.pyc$/.test(name);

export const dependencyPart = (context: BuildContext, from: { folder: string; prefix: string }): Part => ({
  ...from,
  entries: indexed(context, from.folder, from.prefix.replaceAll("/", "-"), (path, name) => isVolatile(path, name)),
});

/** A digest of all files of a source. */
export const digestOf = (context: BuildContext, folder: string): string => {
  const hash = createHash("sha256");
  for (const entry of indexed(context, folder, "app", (_, name) => neverPacked.has(name) || name === "node_modules"))
    hash.update(`${entry.path}\0${entry.executable ? 1 : 0}\0${entry.sha256}\0${entry.target ?? ""}\n`);
  return hash.digest("hex");
};

/** The files of an image in the OCI layout: its archive holds them at the top. */
export const imagePart = (context: BuildContext, folder: string): Part => ({
  folder,
  prefix: ".",
  entries: indexed(context, folder, "image", () => false),
});

const oneFile = (folder: string, name: string, prefix: string): Part => {
  const sizeBytes = statSync(join(folder, name)).size;
  const sha256 = hashFile(join(folder, name), sizeBytes);
  return {
    folder,
    prefix,
    entries: [{ path: name, kind: "file", executable: false, sizeBytes, sha256, target: null }],
    identity: `${prefix}/${name} ${sha256}`,
  };
};

/** The platform's static server, beside the files it serves. */
export const serverPart = (): Part => oneFile(fileURLToPath(new URL(".", import.meta.url)), "static-server.mjs", "runtime");

/** static.json lies at the top of the source, but counts where the server starts. */
export const settingsPart = (_context: BuildContext, plan: BuildPlan, at: { source: string; app: string }): readonly Part[] => {
  const wanted =
    plan.slug.staticServer &&
    plan.slug.from !== "" &&
    existsSync(join(at.source, "static.json")) &&
    !existsSync(join(at.app, plan.slug.from, "static.json"));
  return wanted ? [oneFile(at.source, "static.json", "app")] : [];
};
