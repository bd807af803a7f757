import type { Readable } from "node:stream";
import { composeConfig, composeManifest, type Layer } from "../../../domain/image/compose.ts";
import { mediaTypes } from "../../../domain/image/manifest.ts";
import type { BaseImage } from "./base-image.ts";
import { digestOf, type Registry } from "./registry.ts";
import { slugLayer } from "./slug-layer.ts";

/** Far above a slug of the largest size allowed, which is packed here once more. */
const layerBytesMax = 4 * 2 ** 30;

const once = async function* (bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
};

/** Where an image is put. */
export interface PushPlace {
  readonly registry: Registry;
  readonly repository: string;
  /** Where layers of base images are kept once for all teams; null: we may not write there. */
  readonly shelf: string | null;
}

/** Layers of the base become the repository's: from the shelf, where the first one to need them put them, or from where the base is. */
async function bringLayers({ registry, repository, shelf }: PushPlace, base: BaseImage): Promise<void> {
  const isOurs = base.registry === registry;
  const from = isOurs ? base.repository : shelf;
  for (const { digest, size } of base.manifest.layers) {
    if (await registry.hasBlob(repository, digest)) continue;
    const limits = { bytesMax: size, expected: digest };
    const fetched = () => base.registry.readBlob(base.repository, { digest, sizeBytes: size });
    if (!isOurs && shelf !== null && !(await registry.hasBlob(shelf, digest)))
      await registry.pushBlob(shelf, await fetched(), limits);
    if (from === null || !(await registry.mountBlob(repository, from, digest)))
      await registry.pushBlob(repository, await fetched(), limits);
  }
}

async function pushLayer(registry: Registry, repository: string, slug: { content: Readable; digest: string }): Promise<Layer> {
  const layer = slugLayer(slug.content, slug.digest);
  const { digest, sizeBytes } = await registry.pushBlob(repository, layer.content as AsyncIterable<Buffer>, {
    bytesMax: layerBytesMax,
  });
  return { digest, sizeBytes, diffId: layer.diffId() };
}

export interface SlugImage {
  readonly slug: { content: Readable; digest: string };
  readonly variables: Readonly<Record<string, string>>;
  readonly base: BaseImage;
}

/** Composes the image of a slug and pushes it by this tag; answers its digest. */
export async function pushSlug(to: PushPlace, tag: string, image: SlugImage): Promise<string> {
  const { registry, repository } = to;
  const { slug, base, variables } = image;
  await bringLayers(to, base);
  const layer = await pushLayer(registry, repository, slug);
  const config = Buffer.from(composeConfig(base.config, { layer, variables, digest: slug.digest }));
  const described = { digest: digestOf(config), sizeBytes: config.length };
  await registry.pushBlob(repository, once(config), { bytesMax: config.length, expected: described.digest });
  const bytes = Buffer.from(composeManifest(base.manifest, { config: described, layer }));
  return registry.pushManifest(repository, tag, { mediaType: mediaTypes.manifest, bytes });
}
