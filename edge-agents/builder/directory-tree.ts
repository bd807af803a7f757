import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readFileSync } from "node:fs";
import { listMax, readMaxBytes, type SourceTree, type TreeEntry } from "../../shared/domain/build/source-tree.ts";

const absent = (error: unknown): undefined => {
  const code = (error as NodeJS.ErrnoException).code;
  if (
    code === "ENOENT" ||
    code === "ENOTDIR" ||
    code === "ELOOP" ||
    code === "EACCES" ||
    code === "ENAMETOOLONG" ||
    code === "ENXIO"
  )
    return undefined;
  throw error;
};

/** A folder on disk as a source. Links are not followed, neither at the end of a path nor on the way. */
export const directoryTree = (root: string): SourceTree => {
  const real = (path: string): string | undefined => {
    const parts = path.split("/").filter((part) => part !== "" && part !== ".");
    if (parts.includes("..") || path.includes("\0")) return undefined;
    let at = root;
    for (const part of parts) {
      at = `${at}/${part}`;
      if (part !== parts.at(-1) && !kindAt(at)?.isDirectory()) return undefined;
    }
    return at;
  };
  const kindAt = (path: string) => {
    try {
      return lstatSync(path);
    } catch (error) {
      return absent(error);
    }
  };
  return {
    has: (path) => {
      const at = real(path);
      const kind = at === undefined ? undefined : kindAt(at);
      return kind !== undefined && (kind.isFile() || kind.isDirectory());
    },
    read: (path) => {
      const at = real(path);
      return at === undefined ? undefined : readText(at);
    },
    list: (directory) => {
      const at = real(directory);
      if (at === undefined || !kindAt(at)?.isDirectory()) return [];
      return readdirSync(at, { withFileTypes: true })
        .slice(0, listMax)
        .map(
          (entry): TreeEntry => ({
            name: entry.name,
            kind: entry.isDirectory() ? "directory" : entry.isFile() ? "file" : "link",
          }),
        )
        .filter((entry) => !(directory === "" && entry.name === ".git"))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
};

const readText = (path: string): string | undefined => {
  let handle: number | undefined;
  try {
    handle = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = fstatSync(handle);
    return stat.isFile() && stat.size <= readMaxBytes ? readFileSync(handle, "utf8") : undefined;
  } catch (error) {
    return absent(error);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
};
