import { createWriteStream, type Dirent, rmSync } from "node:fs";
import { lstat, mkdtemp, open, readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, posix, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import ignore, { type Ignore } from "ignore";
import { pack as newTar } from "tar-stream";
import { exitCodes, UsageError } from "./failure.ts";

/** Never part of a source; a `!` line in the folder's own .slugignore brings one back. */
const always = [".git", "node_modules", ".pluvia", ".venv", "__pycache__", ".DS_Store"];
const ignoreFiles = [".gitignore", ".slugignore"];

interface Entry {
  /** From the packed folder, with forward slashes. */
  readonly path: string;
  readonly kind: "file" | "link";
}
interface Rules {
  readonly folder: string;
  readonly matcher: Ignore;
}

const readRules = async (root: string, folder: string): Promise<Rules> => {
  const matcher = ignore();
  if (folder === "") matcher.add(always);
  for (const name of ignoreFiles) {
    const text = await readFile(join(root, folder, name), "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "EISDIR") return "";
      throw error;
    });
    matcher.add(text);
  }
  return { folder, matcher };
};

/** As git does: the rules nearest to the path decide first. */
const isIgnored = (rules: readonly Rules[], path: string): boolean => {
  for (const { folder, matcher } of rules.toReversed()) {
    const verdict = matcher.test(folder === "" ? path : path.slice(folder.length + 1));
    if (verdict.ignored) return true;
    if (verdict.unignored) return false;
  }
  return false;
};

const kindOf = async (root: string, item: Dirent, path: string): Promise<Entry["kind"] | undefined> => {
  if (item.isFile()) return "file";
  return item.isSymbolicLink() && (await staysInside(root, path)) ? "link" : undefined;
};

/** What of a folder is its source, in a fixed order. Sockets, devices and links that lead out of the folder are left out. */
export async function listSource(root: string): Promise<{ entries: Entry[]; left: string[] }> {
  const entries: Entry[] = [];
  const left: string[] = [];
  const visit = async (folder: string, above: readonly Rules[]): Promise<void> => {
    const rules = [...above, await readRules(root, folder)];
    const found = await readdir(join(root, folder), { withFileTypes: true });
    const sorted = found
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((item) => ({ item, path: posix.join(folder, item.name) }));
    for (const { item, path } of sorted.filter(({ item, path }) => !isIgnored(rules, item.isDirectory() ? `${path}/` : path))) {
      if (item.isDirectory()) {
        await visit(path, rules);
        continue;
      }
      const kind = await kindOf(root, item, path);
      if (kind) entries.push({ path, kind });
      else left.push(path);
    }
  };
  await visit("", []);
  return { entries, left };
}

async function staysInside(root: string, path: string): Promise<boolean> {
  const target = await readlink(join(root, path));
  if (target.startsWith("/") || target.includes("\\")) return false;
  return !posix.join(posix.dirname(path), target).startsWith("..");
}

/** Times and owners are left out and modes are 644 or 755, so that the same files make the same bytes everywhere. */
async function writeTar(root: string, entries: readonly Entry[], file: string): Promise<void> {
  const tar = newTar();
  const written = pipeline(tar, createGzip({ level: 6 }), createWriteStream(file));
  const fill = async (): Promise<void> => {
    for (const { path, kind } of entries) {
      const at = join(root, path);
      const header = { name: path, mtime: new Date(0), uid: 0, gid: 0 };
      if (kind === "link") tar.entry({ ...header, type: "symlink", linkname: await readlink(at) });
      else await writeFileEntry(tar, at, { ...header, mode: (await stat(at)).mode & 0o100 ? 0o755 : 0o644 });
    }
    tar.finalize();
  };
  await Promise.all([
    written,
    fill().catch((error: unknown) => {
      tar.destroy(error as Error);
      throw error;
    }),
  ]);
}

async function writeFileEntry(
  tar: ReturnType<typeof newTar>,
  at: string,
  header: { name: string; mtime: Date; uid: number; gid: number; mode: number },
): Promise<void> {
  const file = await open(at, "r");
  try {
    // Exactly as many bytes as the header says, even while someone appends to the file.
    const { size } = await file.stat();
    if (size === 0) tar.entry({ ...header, size }, "");
    else await pipeline(file.createReadStream({ autoClose: false, start: 0, end: size - 1 }), tar.entry({ ...header, size }));
  } finally {
    await file.close();
  }
}

export interface Packed {
  readonly file: string;
  readonly sizeBytes: number;
  readonly files: number;
  readonly left: readonly string[];
  remove(): Promise<void>;
}

const archive = /\.(zip|jar|war|tar|tar\.gz|tgz)$/i;

/** What to send of a folder, or an archive that is ready, as it is. */
export async function packSource(at: string): Promise<Packed> {
  const found = await stat(at).catch(() => undefined);
  if (!found?.isFile()) return packFolder(at);
  if (!archive.test(at))
    throw new UsageError(
      `${at} is no archive that can be built.`,
      "Give a folder, or a .zip, .tar, .tar.gz, .tgz, .jar or .war file.",
    );
  return { file: at, sizeBytes: found.size, files: 1, left: [], remove: async () => {} };
}

/** A folder's source as a gzipped tar in a temporary file. */
export async function packFolder(root: string): Promise<Packed> {
  const { isDirectory } = await lstat(root).then(
    (s) => ({ isDirectory: s.isDirectory() || s.isSymbolicLink() }),
    () => ({ isDirectory: false }),
  );
  if (!isDirectory) throw new UsageError(`There is no folder ${root}.`, "Give a folder, or a repository with --git.");
  const { entries, left } = await listSource(root);
  if (entries.length === 0)
    throw new UsageError(`There is nothing to deploy in ${root}.`, "Check the folder and its .gitignore and .slugignore.");
  const file = join(await mkdtemp(join(tmpdir(), "pluvia-pack-")), "source.tar.gz");
  const gone = { recursive: true, force: true } as const;
  const interrupted = (): void => {
    rmSync(dirname(file), gone);
    process.exit(exitCodes.interrupted);
  };
  process.once("SIGINT", interrupted);
  const remove = async (): Promise<void> => {
    process.off("SIGINT", interrupted);
    await rm(dirname(file), gone);
  };
  try {
    await writeTar(root, entries, file);
    return {
      file,
      sizeBytes: (await stat(file)).size,
      files: entries.length,
      left: left.map((path) => relative(".", path)),
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
