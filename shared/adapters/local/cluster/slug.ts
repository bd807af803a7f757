import { createHash } from "node:crypto";
import { chmodSync, closeSync, mkdirSync, openSync, symlinkSync, writeSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { Fault } from "../../../base/fault.ts";
import { checkLink, damageOf, type EntryWriter, hostile, writeEntries } from "../../slug-entry.ts";

/** Writes entries below `root`; never through a link, since a directory that is one is refused. */
function treeWriter(root: string): EntryWriter {
  const directories = new Set<string>(["."]);
  const taken = new Set<string>();
  const directory = (path: string): void => {
    if (directories.has(path)) return;
    if (taken.has(path)) throw hostile(path, "is used as a directory but is none");
    directory(posix.dirname(path));
    mkdirSync(join(root, path), { mode: 0o755 });
    directories.add(path);
  };
  const claim = (path: string): void => {
    if (taken.has(path) || directories.has(path)) throw hostile(path, "appears twice");
    directory(posix.dirname(path));
    taken.add(path);
  };
  return {
    directory,
    link(path: string, target: string): void {
      checkLink(path, target);
      claim(path);
      symlinkSync(target, join(root, path));
    },
    async file(path: string, { mode = 0o644 }: Header, content: Readable): Promise<void> {
      claim(path);
      const file = openSync(join(root, path), "wx", 0o644);
      try {
        for await (const chunk of content) writeSync(file, chunk);
      } finally {
        closeSync(file);
      }
      chmodSync(join(root, path), (mode & 0o111) !== 0 ? 0o555 : 0o444);
    },
  };
}

function hashing(): { stream: Transform; digest: () => string } {
  const hash = createHash("sha256");
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  return { stream, digest: () => `sha256:${hash.digest("hex")}` };
}

/** Unpacks a gzipped tar to `directory`, whole or not at all. @throws Fault `invalid` for a hostile or damaged one, `too_large`, `exhausted`. */
export async function unpackSlug(content: Readable, digest: string, directory: string): Promise<void> {
  const fresh = `${directory}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  try {
    await mkdir(dirname(directory), { recursive: true, mode: 0o711 });
    await mkdir(fresh, { mode: 0o755 });
    const hashed = hashing();
    const archive = extract();
    const flow = pipeline(content, hashed.stream, createGunzip(), archive);
    // Both halves fail when one does; the writer's reason is the true one.
    const [written, flowed] = await Promise.allSettled([writeEntries(archive, treeWriter(fresh)), flow]);
    if (written.status === "rejected") throw damageOf(written.reason);
    if (flowed.status === "rejected") throw damageOf(flowed.reason);
    if (hashed.digest() !== digest)
      throw new Fault("unavailable", "The archive of this release arrived damaged.", { next: "It is fetched again by itself." });
    await rename(fresh, directory);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  }
}
