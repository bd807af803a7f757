import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync, type Stats } from "node:fs";
import { dirname, join } from "node:path";
import { BuildFailure } from "../../shared/domain/build/failure.ts";
import { neverPacked } from "./slug.ts";

const sameFile = (path: string, at: Stats, other: string): boolean => {
  const stat = lstatSync(other, { throwIfNoEntry: false });
  if (stat === undefined || stat.mode !== at.mode) return false;
  if (at.isSymbolicLink()) return readlinkSync(path) === readlinkSync(other);
  // The copy was made with the times of the original.
  return stat.size === at.size && stat.mtimeMs === at.mtimeMs;
};

/**
 * What an installation wrote into the application beside its own `folders` (relative to `app`): a lock file, generated code. Paths of files
 * and links, relative to `app`, which was a copy of `source` before.
 */
const writtenBeside = (app: string, source: string, folders: readonly string[]): readonly string[] => {
  const found: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(app, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (neverPacked.has(entry.name) || folders.includes(path)) continue;
      if (entry.isDirectory()) visit(path);
      else if (!sameFile(join(app, path), lstatSync(join(app, path)), join(source, path))) found.push(path);
    }
  };
  visit("");
  return found;
};

/**
 * Where `path` lies below `root`. The source decides what is there, and we write as ourselves: a link on the way would lead us out.
 * @throws BuildFailure `source.link`
 */
export const placeBelow = (root: string, path: string): string => {
  const parts = path.split("/");
  for (let depth = 1; depth < parts.length; depth++) {
    const stat = lstatSync(join(root, ...parts.slice(0, depth)), { throwIfNoEntry: false });
    if (stat !== undefined && !stat.isDirectory())
      throw new BuildFailure(
        "source.link",
        `${parts.slice(0, depth).join("/")} is a link or a file, where the installation needs a folder.`,
        "Remove it from the source.",
      );
  }
  return join(root, path);
};

const copyOne = (from: string, to: string): void => {
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { verbatimSymlinks: true, preserveTimestamps: true });
};

/** Keeps what was written beside. */
export const keepBeside = (kept: string, at: { app: string; source: string; folders: readonly string[] }): void => {
  for (const path of writtenBeside(at.app, at.source, at.folders)) copyOne(join(at.app, path), join(kept, "beside", path));
};

export const hasBeside = (kept: string): boolean => existsSync(join(kept, "beside"));

/** Puts into a fresh copy of the source what the installation once wrote there. */
export const placeBeside = (kept: string, app: string): void => {
  if (!hasBeside(kept)) return;
  for (const entry of readdirSync(join(kept, "beside"), { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name).slice(join(kept, "beside").length + 1);
    copyOne(join(kept, "beside", path), placeBelow(app, path));
  }
};
