import { posix } from "node:path";
import type { Readable } from "node:stream";
import type { extract, Header } from "tar-stream";
import { Fault } from "../base/fault.ts";

/** Far above the largest honest slug (a big node_modules has 150,000 files, 2 GiB), far below what fills a disk unnoticed. */
export const slugLimits = { entries: 500_000, bytes: 8 * 2 ** 30, pathBytes: 4_000 };

export const hostile = (path: string, why: string): Fault =>
  new Fault(
    "invalid",
    `The archive of this release holds an entry that is not allowed: ${JSON.stringify(path.slice(0, 200))} ${why}.`,
    { next: "Build the component again.", detail: { signal: "artifact.unavailable" } },
  );

/** The entry's place below the root, or a refusal. */
export function safePath(header: Header): string {
  const { name } = header;
  if (name.includes("\0") || name.length > slugLimits.pathBytes) throw hostile(name, "has an impossible name");
  if (name.startsWith("/") || name.split("/").includes("..")) throw hostile(name, "leads out of the archive");
  const path = posix.normalize(name).replace(/\/$/, "");
  return path === "" ? "." : path;
}
/** A relative link must stay inside; an absolute one is only ever followed by the application itself, which can make any link anyway. */
export function checkLink(path: string, target: string): void {
  if (target === "" || target.includes("\0")) throw hostile(path, "is a link to nowhere");
  if (!target.startsWith("/") && posix.join(posix.dirname(path), target).startsWith(".."))
    throw hostile(path, "is a link out of the archive");
}

/** What went wrong with a slug, in words. */
export function damageOf(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (code.startsWith("Z_") || (error instanceof Error && /tar header|Unexpected end/i.test(error.message)))
    return new Fault("unavailable", "The archive of this release cannot be read.", {
      next: "It is fetched again by itself; if that does not help, build again.",
      cause: error,
    });
  return diskFault(error);
}

/** A full disk as a Fault; anything else as it is. */
export const diskFault = (error: unknown): unknown =>
  (error as NodeJS.ErrnoException).code === "ENOSPC"
    ? new Fault("exhausted", "The disk of this data center is full.", {
        next: "Free space; it goes on by itself.",
        cause: error,
        detail: { signal: "disk.full" },
      })
    : error;

/** Where a slug's entries go; each call is made with a path that stays inside. */
export interface EntryWriter {
  directory(path: string): void;
  link(path: string, target: string): void;
  file(path: string, header: Header, content: Readable): Promise<void>;
}

/** @throws Fault at the first entry that is none of these, or when there are more than `slugLimits`. */
export async function writeEntries(archive: ReturnType<typeof extract>, writer: EntryWriter): Promise<void> {
  let entries = 0;
  let bytes = 0;
  for await (const entry of archive) {
    const { header } = entry;
    const path = safePath(header);
    bytes += header.size ?? 0;
    if (++entries > slugLimits.entries || bytes > slugLimits.bytes)
      throw new Fault("too_large", "The archive of this release is too large to unpack.", {
        next: "Make the component smaller.",
      });
    if (header.type === "file" || header.type === "contiguous-file") {
      await writer.file(path, header, entry as unknown as Readable);
      continue;
    }
    if (header.type === "directory") writer.directory(path);
    else if (header.type === "symlink") writer.link(path, header.linkname ?? "");
    else throw hostile(path, `is a ${header.type}`);
    entry.resume();
  }
}
