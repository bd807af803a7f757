import { createHash } from "node:crypto";
import { posix } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { extract, type Header, pack, type Pack } from "tar-stream";
import { Fault } from "../../../base/fault.ts";
import { slugRoot, slugUser } from "../../../domain/image/compose.ts";
import { checkLink, damageOf, type EntryWriter, hostile, writeEntries } from "../../slug-entry.ts";

/** Slugs give files this time too. */
const mtime = new Date(946_684_800_000);
const owner = { uid: slugUser, gid: slugUser, mtime };
/** Speed over size, as for slugs. */
const level = 3;

export interface LayerStream {
  /** The gzipped layer. Fails when the slug is damaged, hostile or not the one named. */
  readonly content: Readable;
  /** Of the layer unpacked; known once `content` has ended. */
  diffId(): string;
}

/** Writes entries below the image's folder, every folder before what is in it: the program may write beside itself. */
function layerWriter(packed: Pack): EntryWriter {
  const folders = new Set<string>();
  const taken = new Set<string>();
  const folder = (path: string): void => {
    if (path === "/" || path === "." || folders.has(path)) return;
    if (taken.has(path)) throw hostile(path, "is used as a directory but is none");
    folder(posix.dirname(path));
    folders.add(path);
    packed.entry({ ...owner, name: `${path.slice(1)}/`, type: "directory", mode: 0o755 });
  };
  const placed = (path: string): string => {
    const at = posix.join(slugRoot, path);
    if (posix.basename(path).startsWith(".wh.")) throw hostile(path, "has a name that images use for removed files");
    if (taken.has(at) || folders.has(at)) throw hostile(path, "appears twice");
    folder(posix.dirname(at));
    taken.add(at);
    return at.slice(1);
  };
  return {
    directory: (path) => folder(posix.join(slugRoot, path)),
    link(path: string, target: string): void {
      checkLink(path, target);
      packed.entry({ ...owner, name: placed(path), type: "symlink", linkname: target, mode: 0o777 });
    },
    async file(path: string, header: Header, content: Readable): Promise<void> {
      const mode = ((header.mode ?? 0o644) & 0o111) !== 0 ? 0o755 : 0o644;
      const sink = packed.entry({ ...owner, name: placed(path), type: "file", mode, size: header.size ?? 0 });
      await pipeline(content, sink);
    },
  };
}

async function rewrite(archive: ReturnType<typeof extract>, packed: Pack): Promise<void> {
  const writer = layerWriter(packed);
  writer.directory("app");
  writer.directory("home");
  await writeEntries(archive, writer);
  packed.finalize();
}

/** A slug as a layer of an image: its paths below /slug, owned by the user that programs run as. The same slug gives the same layer. */
export function slugLayer(slug: Readable, digest: string): LayerStream {
  const received = createHash("sha256");
  const unpacked = createHash("sha256");
  const [archive, packed, content] = [extract(), pack(), new PassThrough()];
  const hashed = (hash: typeof received) =>
    async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const piece of source) {
        hash.update(piece);
        yield piece;
      }
    };
  const inward = pipeline(slug, hashed(received), createGunzip(), archive);
  const outward = pipeline(
    packed as unknown as Readable,
    hashed(unpacked),
    createGzip({ level, memLevel: 9 }),
    async function* (source: AsyncIterable<Buffer>) {
      // The end is held back until all of the slug was seen to be the right one.
      for await (const piece of source) yield piece;
      await inward;
      if (`sha256:${received.digest("hex")}` !== digest)
        throw new Fault("unavailable", "The archive of this release arrived damaged.", {
          next: "It is fetched again by itself.",
        });
    },
    content,
  );
  const failed = (error: unknown): void => {
    const reason = damageOf(error) as Error;
    content.destroy(reason);
    packed.destroy(reason);
    archive.destroy(reason);
    slug.destroy();
  };
  rewrite(archive, packed).catch(failed);
  inward.catch(failed);
  outward.catch(failed);
  return { content, diffId: () => `sha256:${unpacked.digest("hex")}` };
}
