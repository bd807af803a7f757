import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { Fault } from "../../../base/fault.ts";
import { ImageIndex, ImageManifest, mediaTypes } from "../../../domain/image/manifest.ts";
import { damageOf, safePath } from "../../slug-entry.ts";
import { readWhole, type Registry } from "./registry.ts";
import { jsonOf } from "./session.ts";

export interface ArchivedContent {
  readonly content: Readable;
  /** Of the gzipped archive. */
  readonly digest: string;
  /** The image's id: digest of its configuration. */
  readonly id: string;
}

/** What an archive of 1 GiB may unpack to. */
const unpackedBytesMax = 16 * 2 ** 30;
const entriesMax = 1_000;
const manifestBytesMax = 4 * 2 ** 20;

const damaged = (why: string): Fault =>
  new Fault("unavailable", `The image of this release arrived damaged: ${why}.`, {
    next: "It is fetched again by itself; if that does not help, build again.",
  });

/** Every blob of an OCI layout goes where its name says; answers the layout's index. */
async function pushBlobs(
  registry: Registry,
  repository: string,
  archive: ReturnType<typeof extract>,
): Promise<Buffer | undefined> {
  let index: Buffer | undefined;
  let [entries, bytes] = [0, 0];
  for await (const entry of archive) {
    const path = safePath(entry.header);
    const size = entry.header.size ?? 0;
    bytes += size;
    if (++entries > entriesMax || bytes > unpackedBytesMax)
      throw new Fault("too_large", "The image of this release is too large to unpack.", { next: "Make the image smaller." });
    const hex = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(path)?.[1];
    if (path === "index.json" && size <= manifestBytesMax) index = await readWhole(entry as unknown as Readable);
    else if (hex && !(await registry.hasBlob(repository, `sha256:${hex}`)))
      await registry.pushBlob(repository, entry as AsyncIterable<Buffer>, { bytesMax: size, expected: `sha256:${hex}` });
    else entry.resume();
  }
  return index;
}

/** Pushes an image that was built here; answers its digest. Nothing has a name before all of it was seen to be right. */
export async function pushArchive(
  registry: Registry,
  at: { repository: string; tag: string },
  image: ArchivedContent,
): Promise<string> {
  const archive = extract();
  const hash = createHash("sha256");
  const hashed = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of source) {
      hash.update(piece);
      yield piece;
    }
  };
  const flow = pipeline(image.content, hashed, createGunzip(), archive);
  const [pushed, flowed] = await Promise.allSettled([pushBlobs(registry, at.repository, archive), flow]);
  if (pushed.status === "rejected") throw damageOf(pushed.reason);
  if (flowed.status === "rejected") throw damageOf(flowed.reason);
  if (`sha256:${hash.digest("hex")}` !== image.digest) throw damaged("it is not the one that was built");
  const index = ImageIndex.safeParse(jsonOf((pushed.value ?? Buffer.alloc(0)).toString("utf8")));
  const [first, ...others] = index.success ? index.data.manifests : [];
  if (!first || others.length > 0 || first.size > manifestBytesMax) throw damaged("it does not hold exactly one image");
  const bytes = await readWhole(await registry.readBlob(at.repository, { digest: first.digest, sizeBytes: first.size }));
  const manifest = ImageManifest.safeParse(jsonOf(bytes.toString("utf8")));
  if (!manifest.success || manifest.data.config.digest !== image.id) throw damaged("it holds another image than was built");
  return registry.pushManifest(at.repository, at.tag, { mediaType: manifest.data.mediaType ?? mediaTypes.manifest, bytes });
}
