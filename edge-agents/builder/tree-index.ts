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

/** Every entry below `folder` in the order of its path's bytes; links are not followed, special files are refused. */
export const indexTree = (folder: string, options: IndexOptions): readonly Indexed[] => {
  const found: Indexed[] = [];
  let bytes = 0;
  const now = Date.now();
  const add = (entry: Indexed): void => {
    bytes += entry.sizeBytes;
    if (found.length >= options.limits.entries)
      refuse(
        "source.too-many",
        `The source has more than ${options.limits.entries} files.`,
        "Leave generated files out of the source.",
      );
    if (bytes > options.limits.bytes)
      refuse(
        "slug.too-large",
        `The application is larger than ${Math.round(options.limits.bytes / 1024 / 1024)} MiB.`,
        "Leave out what it does not need to run.",
      );
    found.push(entry);
  };
  const file = (path: string, at: string): void => {
    const { size, mtimeMs, ctimeMs, ino, mode } = lstatSync(at);
    const stamp = `${size}.${mtimeMs}.${ctimeMs}.${ino}`;
    const before = options.known.get(path);
    const sha256 = before?.stamp === stamp ? before.sha256 : hashFile(at, size);
    if (before?.stamp !== stamp && now - ctimeMs > racyMs) options.known.set(path, { stamp, sha256 });
    else if (before !== undefined && before.stamp !== stamp) options.known.delete(path);
    add({ path, kind: "file", executable: (mode & 0o100) !== 0, sizeBytes: size, sha256, target: null });
  };
  const link = (path: string): void => {
    const target = readlinkSync(`${folder}/${path}`);
    if (leavesFolder(path, target))
      refuse(
        "source.link",
        `The link ${printable(path)} points out of the source.`,
        "Remove the link, or make it point to a file of the source.",
      );
    add({ path, kind: "link", executable: false, sizeBytes: 0, sha256: "", target });
  };
  const one = (path: string, entry: Dirent): void => {
    if (badName.test(entry.name))
      refuse(
        "source.name",
        `The name of the file ${printable(path)} has control characters, a backslash, or is not UTF-8.`,
        "Rename the file.",
      );
    if (entry.isDirectory()) visit(path);
    else if (entry.isFile()) file(path, `${folder}/${path}`);
    else if (entry.isSymbolicLink()) link(path);
    else
      refuse(
        "source.special",
        `${printable(path)} is neither a file nor a folder nor a link.`,
        "Remove it: devices, pipes and sockets cannot be packed.",
      );
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
  return found.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
};
