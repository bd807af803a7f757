import {
  closeSync,
  constants,
  copyFileSync,
  createReadStream,
  mkdirSync,
  openSync,
  readSync,
  statSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { promisify } from "node:util";
import yauzl, { type Entry, type ZipFile } from "yauzl";
import {
  type ArchiveEntry,
  type ArchiveGuard,
  type ArchiveLimits,
  guardArchive,
  refusedArchive,
  type SafeEntry,
} from "../../shared/domain/build/archive-guard.ts";
import { readTar } from "./tar-reader.ts";

export type ArchiveKind = "zip" | "tar" | "tar.gz";

/** By content: names of uploads are not believed. */
export const archiveKind = (path: string): ArchiveKind => {
  const bytes = Buffer.alloc(512);
  const handle = openSync(path, "r");
  try {
    readSync(handle, bytes, 0, bytes.length, 0);
  } finally {
    closeSync(handle);
  }
  if (["PK\x03\x04", "PK\x05\x06"].includes(bytes.subarray(0, 4).toString("latin1"))) return "zip";
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return "tar.gz";
  if (bytes.subarray(257, 262).toString("latin1") === "ustar") return "tar";
  throw refusedArchive(
    "archive.unknown",
    "The upload is neither a zip nor a tar nor a tar.gz.",
    "Upload the source as a zip, tar or tar.gz, or a jar.",
  );
};

/** Writes accepted entries below a folder that was empty: what the guard remembers is all there is. */
const writer = (root: string, guard: ArchiveGuard) => {
  const write = async (path: string, executable: boolean, content: AsyncIterable<Buffer>): Promise<void> => {
    const handle = openSync(
      join(root, path),
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      executable ? 0o755 : 0o644,
    );
    try {
      for await (const piece of content) {
        guard.count(piece.length);
        writeSync(handle, piece);
      }
    } finally {
      closeSync(handle);
    }
  };
  return async (entry: SafeEntry, content: () => AsyncIterable<Buffer>): Promise<void> => {
    const at = join(root, entry.path);
    mkdirSync(entry.kind === "directory" ? at : dirname(at), { recursive: true, mode: 0o755 });
    if (entry.kind === "file") await write(entry.path, entry.executable, content());
    if (entry.kind === "link") symlinkSync(entry.target, at);
    if (entry.kind === "hard-link") {
      guard.count(statSync(join(root, entry.target)).size);
      copyFileSync(join(root, entry.target), at, constants.COPYFILE_EXCL);
    }
  };
};

const unpackTar = async (source: AsyncIterable<Buffer>, root: string, guard: ArchiveGuard): Promise<void> => {
  const write = writer(root, guard);
  for await (const item of readTar(source)) {
    const entry = guard.accept(item);
    if (entry !== null) await write(entry, () => item.content());
    else for await (const piece of item.content()) guard.count(piece.length);
  }
};

const openZip = promisify<string, yauzl.Options, ZipFile>(yauzl.open);

/** Upper half of the external attributes: st_mode, where the archive was made on Unix (APPNOTE 4.4.2, 4.4.15). */
const modeOf = (entry: Entry): number => (entry.versionMadeBy >> 8 === 3 ? entry.externalFileAttributes >>> 16 : 0);

const kindOf = (name: string, mode: number): ArchiveEntry["kind"] => {
  const type = mode & 0o170000;
  if (type === 0o120000) return "link";
  if (type === 0o040000 || name.endsWith("/")) return "directory";
  return type === 0 || type === 0o100000 ? "file" : "other";
};

const strict = new TextDecoder("utf-8", { fatal: true });

const zipName = (entry: Entry): string => {
  try {
    return strict.decode(entry.fileName as unknown as Buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_ENCODING_INVALID_ENCODED_DATA")
      throw refusedArchive("archive.name", "The archive has a name that is not UTF-8.", "Rename the file.");
    throw error;
  }
};

const linkMax = 4_096;

const contentOf = (zip: ZipFile, entry: Entry): Promise<Readable> =>
  new Promise((resolve, reject) => {
    if (entry.isEncrypted())
      reject(refusedArchive("archive.encrypted", "The archive is encrypted.", "Make it without a password."));
    else zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
  });

const linkText = async (zip: ZipFile, entry: Entry): Promise<string> => {
  if (entry.uncompressedSize > linkMax) throw refusedArchive("archive.link", "The archive has a link whose target is too long.");
  const pieces: Buffer[] = [];
  for await (const piece of await contentOf(zip, entry)) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString("utf8");
};

const unpackZip = async (path: string, root: string, guard: ArchiveGuard): Promise<void> => {
  const write = writer(root, guard);
  const zip = await openZip(path, { lazyEntries: true, decodeStrings: false, validateEntrySizes: true, autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      const name = zipName(entry);
      const mode = modeOf(entry);
      const kind = kindOf(name, mode);
      const safe = guard.accept({
        name,
        kind,
        executable: (mode & 0o100) !== 0,
        target: kind === "link" ? await linkText(zip, entry) : null,
      });
      if (safe === null) continue;
      const content = safe.kind === "file" ? await contentOf(zip, entry) : null;
      await write(safe, () => content as AsyncIterable<Buffer>);
    }
  } finally {
    zip.close();
  }
};

/** What the zip library says of a damaged archive has no code; what the system says has one, and is no fault of the archive. */
const isDamage = (error: NodeJS.ErrnoException): boolean =>
  error.name === "Error" && (error.code === undefined || error.code.startsWith("Z_"));

/** @throws BuildFailure `archive.*`; what was written by then is the caller's to remove. */
export const unpackArchive = async (path: string, root: string, limits: ArchiveLimits): Promise<ArchiveGuard> => {
  const guard = guardArchive(limits);
  const kind = archiveKind(path);
  mkdirSync(root, { recursive: true, mode: 0o755 });
  try {
    if (kind === "zip") await unpackZip(path, root, guard);
    else await unpackTar(kind === "tar" ? createReadStream(path) : gunzipped(path), root, guard);
  } catch (error) {
    if (isDamage(error as NodeJS.ErrnoException))
      throw refusedArchive("archive.damaged", "The archive is damaged or not complete.", "Make it anew and upload it again.");
    throw error;
  }
  return guard;
};

const gunzipped = (path: string): AsyncIterable<Buffer> => {
  const file = createReadStream(path);
  const gunzip = createGunzip();
  file.on("error", (error) => gunzip.destroy(error));
  return file.pipe(gunzip);
};
