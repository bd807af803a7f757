import { createHash, type Hash } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { BuildFailure } from "../../shared/domain/build/failure.ts";
import { endOfArchive, padding, tarHeader } from "./tar.ts";
import { keepSlug, openLastSlug } from "./last-slug.ts";
import type { Indexed } from "./tree-index.ts";

/**
 * A slug is a gzipped tar made of gzip members (RFC 1952 2.2 lets them follow each other). Where one member ends and the next begins
 * depends only on the names and sizes of the entries, so a member whose entries are unchanged is taken from the last build.
 */
export interface Part {
  /** Where the entries lie on this machine. */
  readonly folder: string;
  /** Where they lie in the slug: `app`. */
  readonly prefix: string;
  readonly entries: readonly Indexed[];
  /** Where known: a name that only the same entries have. */
  readonly identity?: string;
}

export interface Packed {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly members: number;
  readonly reused: number;
}

const compress = promisify(gzip);
/** Speed over size: a slug is read once or twice, and mostly on this machine. */
const level = 3;
/** A member ends after an entry whose path hashes to 0 modulo this, so that a new file moves no later border. */
const borderEvery = 32;
const memberBytesMax = 4 * 1024 * 1024;

/** FNV-1a: cheap, and the same everywhere. */
const hashPath = (path: string): number => {
  let hash = 0x811c9dc5;
  for (let index = 0; index < path.length; index++) hash = Math.imul(hash ^ path.charCodeAt(index), 0x01000193) >>> 0;
  return hash;
};

interface Piece {
  readonly entry: Indexed;
  /** Part of the file's content; the first piece has the header before it, the last the padding after it. */
  readonly from: number;
  readonly to: number;
}

const piecesOf = (entry: Indexed): readonly Piece[] => {
  const count = Math.max(1, Math.ceil(entry.sizeBytes / memberBytesMax));
  return Array.from({ length: count }, (_, index) => ({
    entry,
    from: index * memberBytesMax,
    to: Math.min(entry.sizeBytes, (index + 1) * memberBytesMax),
  }));
};

/** Entries in members of at most about `memberBytesMax`; a large file has members of its own. */
export const membersOf = (entries: readonly Indexed[]): readonly (readonly Piece[])[] => {
  const members: Piece[][] = [];
  let open: Piece[] = [];
  let bytes = 0;
  const close = (): void => {
    if (open.length > 0) members.push(open);
    open = [];
    bytes = 0;
  };
  for (const entry of entries) {
    if (entry.sizeBytes > memberBytesMax) {
      close();
      for (const piece of piecesOf(entry)) members.push([piece]);
      continue;
    }
    if (bytes + entry.sizeBytes > memberBytesMax) close();
    open.push({ entry, from: 0, to: entry.sizeBytes });
    bytes += entry.sizeBytes + 512;
    if (hashPath(entry.path) % borderEvery === 0) close();
  }
  close();
  return members;
};

const pieceKey = ({ entry, from, to }: Piece): string =>
  `${entry.path}\0${entry.kind}\0${entry.executable ? 1 : 0}\0${entry.sizeBytes}\0${entry.sha256}\0${entry.target ?? ""}\0${from}\0${to}\n`;

const keyOf = (prefix: string, pieces: readonly Piece[]): string =>
  createHash("sha256")
    .update(`1\0${level}\0${prefix}\0${pieces.map(pieceKey).join("")}`)
    .digest("hex");

const contentOf = (path: string, piece: Piece): Buffer => {
  const { entry, from, to } = piece;
  if (from === 0 && to === entry.sizeBytes) {
    const content = readFileSync(path);
    if (content.length === to) return content;
    throw new BuildFailure("source.changed", `${entry.path} changed while it was packed.`, "Try again.");
  }
  const handle = openSync(path, "r");
  try {
    const content = Buffer.alloc(to - from);
    if (readSync(handle, content, 0, content.length, from) !== content.length)
      throw new BuildFailure("source.changed", `${entry.path} changed while it was packed.`, "Try again.");
    return content;
  } finally {
    closeSync(handle);
  }
};

const bytesOf = (part: Part, pieces: readonly Piece[]): Buffer => {
  const blocks: Buffer[] = [];
  for (const piece of pieces) {
    const { entry } = piece;
    if (piece.from === 0) blocks.push(tarHeader({ ...entry, path: `${part.prefix}/${entry.path}` }));
    if (entry.kind !== "file") continue;
    blocks.push(contentOf(join(part.folder, entry.path), piece));
    if (piece.to === entry.sizeBytes) blocks.push(padding(entry.sizeBytes));
  }
  return Buffer.concat(blocks);
};

/** Byte 9 of a gzip header names the operating system: 255 is "unknown", the same everywhere. */
const member = async (bytes: Buffer): Promise<Buffer> => {
  const packed = await compress(bytes, { level, memLevel: 9 });
  packed[9] = 255;
  return packed;
};

interface Output {
  readonly handle: number;
  readonly hash: Hash;
  sizeBytes: number;
}

const append = (output: Output, bytes: Buffer, limit: number): void => {
  output.sizeBytes += bytes.length;
  if (output.sizeBytes > limit)
    throw new BuildFailure(
      "slug.too-large",
      `The packed application is larger than ${Math.round(limit / 1024 / 1024)} MiB.`,
      "Leave out what it does not need to run.",
    );
  output.hash.update(bytes);
  writeSync(output.handle, bytes);
};

/** Members compressed at once: zlib works on other threads. */
const ahead = 4;

/** Writes the slug to `path`. The same parts give the same bytes on any machine, whatever slug was there before. */
export const packSlug = async (parts: readonly Part[], to: { path: string; limitBytes: number }): Promise<Packed> => {
  const fresh = `${to.path}.new`;
  const output: Output = { handle: openSync(fresh, "w", 0o600), hash: createHash("sha256"), sizeBytes: 0 };
  const last = openLastSlug(to.path);
  const layout: { key: string; bytes: number }[] = [];
  let reused = 0;
  const make = async (part: Part, pieces: readonly Piece[]): Promise<{ key: string; bytes: Buffer }> => {
    const key = keyOf(part.prefix, pieces);
    const kept = last.take(key);
    if (kept) reused += 1;
    return { key, bytes: kept ?? (await member(bytesOf(part, pieces))) };
  };
  const work = parts.flatMap((part) => membersOf(part.entries).map((pieces) => ({ part, pieces })));
  try {
    for (let at = 0; at < work.length; at += ahead)
      for (const made of await Promise.all(work.slice(at, at + ahead).map((each) => make(each.part, each.pieces)))) {
        append(output, made.bytes, to.limitBytes);
        layout.push({ key: made.key, bytes: made.bytes.length });
      }
    append(output, await member(endOfArchive), to.limitBytes);
  } finally {
    closeSync(output.handle);
    last.close();
  }
  const digest = `sha256:${output.hash.digest("hex")}`;
  keepSlug(fresh, to.path, { digest, members: layout });
  return { digest, sizeBytes: output.sizeBytes, members: work.length, reused };
};
