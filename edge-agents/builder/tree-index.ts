import { createHash } from "node:crypto";
import { closeSync, type Dirent, lstatSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from "node:fs";
import { leavesFolder } from "../../shared/domain/build/archive-guard.ts";
import { BuildFailure } from "../../shared/domain/build/failure.ts";

/** One entry of a folder, with what makes it the same as another. */
export interface Indexed {
  /** Relative to the folder, forward slashes. */
  readonly path: string;
  readonly kind: "file" | "directory" | "link";
  readonly executable: boolean;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly target: string | null;
}

/** Hashes known from earlier, by path; good while size, times and inode are the same. */
export type KnownHashes = Map<string, { readonly stamp: string; readonly sha256: string }>;

export interface IndexOptions {
  readonly known: KnownHashes;
  /** Leaves out a path (a folder with everything in it). */
  readonly exclude: (path: string, name: string, isDirectory: boolean) => boolean;
  readonly limits: { readonly entries: number; readonly bytes: number };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be found.
const badName = /[\u0000-\u001f\u007f\ufffd\\]/;

const printable = (path: string): string => JSON.stringify(path).slice(1, 200);

const refuse = (code: string, message: string, next: string): never => {
  throw new BuildFailure(code, message, next);
};

/** A file changed within this time before it was indexed could change again without showing: clocks of file systems tick every 4–10 ms. */
const racyMs = 50;

const pieceBytes = 4 * 1024 * 1024;

export const hashFile = (path: string, sizeBytes: number): string => {
  const hash = createHash("sha256");
  if (sizeBytes <= pieceBytes) return hash.update(readFileSync(path)).digest("hex");
  const handle = openSync(path, "r");
  const piece = Buffer.allocUnsafe(pieceBytes);
  try {
    for (let read = readSync(handle, piece); read > 0; read = readSync(handle, piece)) hash.update(piece.subarray(0, read));
  } finally {
    closeSync(handle);
  }
  return hash.digest("hex");
};

const byPath = (a: Indexed, b: Indexed): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);

/** Counts entries and bytes against the limits. */
const counter = (limits: IndexOptions["limits"]): ((entry: Indexed) => void) => {
  let count = 0;
  let bytes = 0;
  return (entry) => {
    count += 1;
    bytes += entry.sizeBytes;
    if (count > limits.entries)
      refuse("source.too-many", `The source has more than ${limits.entries} files.`, "Leave generated files out of the source.");
    if (bytes > limits.bytes)
      refuse(
        "slug.too-large",
        `The application is larger than ${Math.round(limits.bytes / 1024 / 1024)} MiB.`,
        "Leave out what it does not need to run.",
      );
  };
};

const fileEntry = (folder: string, path: string, known: KnownHashes, now: number): Indexed => {
  const at = `${folder}/${path}`;
  const { size, mtimeMs, ctimeMs, ino, mode } = lstatSync(at);
  const stamp = `${size}.${mtimeMs}.${ctimeMs}.${ino}`;
  const before = known.get(path);
  const sha256 = before?.stamp === stamp ? before.sha256 : hashFile(at, size);
  if (before?.stamp !== stamp && now - ctimeMs > racyMs) known.set(path, { stamp, sha256 });
  else if (before !== undefined && before.stamp !== stamp) known.delete(path);
  return { path, kind: "file", executable: (mode & 0o100) !== 0, sizeBytes: size, sha256, target: null };
};

const linkEntry = (folder: string, path: string): Indexed => {
  const target = readlinkSync(`${folder}/${path}`);
  if (leavesFolder(path, target))
    refuse(
      "source.link",
      `The link ${printable(path)} points out of the source.`,
      "Remove the link, or make it point to a file of the source.",
    );
  return { path, kind: "link", executable: false, sizeBytes: 0, sha256: "", target };
};

const refuseBadName = (path: string, name: string): void => {
  if (badName.test(name))
    refuse(
      "source.name",
      `The name of the file ${printable(path)} has control characters, a backslash, or is not UTF-8.`,
      "Rename the file.",
    );
};

const refuseSpecial = (path: string): never =>
  refuse(
    "source.special",
    `${printable(path)} is neither a file nor a folder nor a link.`,
    "Remove it: devices, pipes and sockets cannot be packed.",
  );

/** Every entry below `folder` in the order of its path's bytes; links are not followed, special files are refused. */
export const indexTree = (folder: string, options: IndexOptions): readonly Indexed[] => {
  const found: Indexed[] = [];
  const count = counter(options.limits);
  const now = Date.now();
  const add = (entry: Indexed): void => {
    count(entry);
    found.push(entry);
  };
  const one = (path: string, entry: Dirent): void => {
    refuseBadName(path, entry.name);
    if (entry.isDirectory()) visit(path);
    else if (entry.isFile()) add(fileEntry(folder, path, options.known, now));
    else if (entry.isSymbolicLink()) add(linkEntry(folder, path));
    else refuseSpecial(path);
  };
  const visit = (directory: string): void => {
    const prefix = directory === "" ? "" : `${directory}/`;
    const entries = readdirSync(`${folder}/${directory}`, { withFileTypes: true }).filter(
      (entry) => !options.exclude(prefix + entry.name, entry.name, entry.isDirectory()),
    );
    for (const entry of entries) one(prefix + entry.name, entry);
    if (entries.length === 0 && directory !== "")
      add({ path: directory, kind: "directory", executable: true, sizeBytes: 0, sha256: "", target: null });
  };
  visit("");
  return found.sort(byPath);
};

const isExcluded = (path: string, exclude: IndexOptions["exclude"]): boolean => {
  const parts = path.split("/");
  return parts.some((name, at) => exclude(parts.slice(0, at + 1).join("/"), name, at < parts.length - 1));
};

const ancestorsOf = (path: string): readonly string[] => {
  const parts = path.split("/");
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join("/"));
};

const isFolder = (path: string): boolean => {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    // A file took the place of a folder on the way.
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return false;
    throw error;
  }
};

/** A folder that is there, but has nothing left that counts: it is an entry of its own. */
const isLeftEmpty = (folder: string, removed: readonly string[], found: readonly Indexed[]): boolean =>
  [...new Set(removed.flatMap(ancestorsOf))].some(
    (path) => isFolder(`${folder}/${path}`) && !found.some((entry) => entry.path.startsWith(`${path}/`)),
  );

const entryAgain = (folder: string, path: string, known: KnownHashes, now: number): Indexed | null => {
  const stat = lstatSync(`${folder}/${path}`, { throwIfNoEntry: false });
  for (const name of path.split("/")) refuseBadName(path, name);
  if (stat?.isFile()) return fileEntry(folder, path, known, now);
  return stat?.isSymbolicLink() ? linkEntry(folder, path) : null;
};

/** The same list after some paths were written and others removed; null: only a look at everything can tell. */
export const indexAgain = (
  folder: string,
  before: readonly Indexed[],
  changed: { readonly written: readonly string[]; readonly removed: readonly string[] },
  options: IndexOptions,
): readonly Indexed[] | null => {
  const { written, removed } = changed;
  const count = counter(options.limits);
  const gone = new Set([...written, ...removed, ...written.flatMap(ancestorsOf)]);
  if ([...written, ...removed].some((path) => isExcluded(path, options.exclude))) return null;
  const found = gone.size === 0 ? [...before] : before.filter((entry) => !gone.has(entry.path));
  const now = Date.now();
  for (const path of written) {
    const entry = entryAgain(folder, path, options.known, now);
    if (entry === null) return null;
    found.push(entry);
  }
  if (isLeftEmpty(folder, removed, found)) return null;
  for (const entry of found) count(entry);
  return gone.size === 0 ? found : found.sort(byPath);
};
