import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import type { Registry } from "../../shared/adapters/http/oci/registry.ts";

const digestOf = (bytes: Buffer): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

export async function tarOf(files: Readonly<Record<string, string | { link: string }>>): Promise<Buffer> {
  const packed = pack();
  for (const [name, content] of Object.entries(files))
    typeof content === "string"
      ? packed.entry({ name, mtime: new Date(0) }, content)
      : packed.entry({ name, mtime: new Date(0), type: "symlink", linkname: content.link });
  packed.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of packed) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

interface MadeImage {
  readonly layer: Buffer;
  readonly config: Buffer;
  readonly manifest: Buffer;
  readonly digest: string;
}

/** A small image of one layer. */
export async function imageOfFiles(what: {
  files: Readonly<Record<string, string>>;
  env?: readonly string[];
  architecture?: string;
}): Promise<MadeImage> {
  const tar = await tarOf(what.files);
  const layer = gzipSync(tar);
  const config = Buffer.from(
    JSON.stringify({
      architecture: what.architecture ?? "amd64",
      os: "linux",
      config: { Env: what.env ?? ["PATH=/usr/bin:/bin"], Entrypoint: ["docker-entrypoint.sh"] },
      rootfs: { type: "layers", diff_ids: [digestOf(tar)] },
    }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: digestOf(config), size: config.length },
      layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: digestOf(layer), size: layer.length }],
    }),
  );
  return { layer, config, manifest, digest: digestOf(manifest) };
}

export const pieces = async function* (bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
};

/** Pushes it; answers its digest. */
export async function pushImage(
  registry: Registry,
  at: { repository: string; tag: string },
  what: Parameters<typeof imageOfFiles>[0],
): Promise<string> {
  const image = await imageOfFiles(what);
  for (const blob of [image.layer, image.config]) await registry.pushBlob(at.repository, pieces(blob), { bytesMax: blob.length });
  return registry.pushManifest(at.repository, at.tag, {
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    bytes: image.manifest,
  });
}
