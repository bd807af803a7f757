import { Fault } from "../../../base/fault.ts";
import { ImageConfig, ImageIndex, ImageManifest, isIndex, manifestFor } from "../../../domain/image/manifest.ts";
import { jsonOf } from "./session.ts";
import { readWhole, type Registry, type StoredManifest } from "./registry.ts";

export interface BaseImage {
  readonly registry: Registry;
  readonly repository: string;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
}

const configBytesMax = 4 * 2 ** 20;

const unusable = (what: string, why: string): Fault =>
  new Fault("invalid", `The image ${what} cannot be used: ${why}.`, {
    next: "Use an image for Linux in the OCI or Docker format.",
    detail: { signal: "artifact.unavailable" },
  });

/** The manifest itself, or of an index the one for this architecture. */
export async function platformManifest(
  registry: Registry,
  at: { repository: string; reference: string },
  architecture: string,
): Promise<StoredManifest> {
  const found = await registry.readManifest(at.repository, at.reference);
  if (!isIndex(found.mediaType)) return found;
  const index = ImageIndex.safeParse(jsonOf(found.bytes.toString("utf8")));
  const chosen = index.success ? manifestFor(index.data, architecture) : undefined;
  if (!chosen) throw unusable(`${at.repository}:${at.reference}`, `it has nothing for linux/${architecture}`);
  return registry.readManifest(at.repository, chosen.digest);
}

/** What an image to build upon is made of. @throws Fault `invalid`, `not_found`. */
export async function readBaseImage(
  registry: Registry,
  at: { repository: string; reference: string },
  architecture: string,
): Promise<BaseImage> {
  const name = `${at.repository}:${at.reference}`;
  const stored = await platformManifest(registry, at, architecture);
  const manifest = ImageManifest.safeParse(jsonOf(stored.bytes.toString("utf8")));
  if (!manifest.success) throw unusable(name, "its manifest is in a format that is not known");
  const { digest, size } = manifest.data.config;
  if (size > configBytesMax) throw unusable(name, "its configuration is too large");
  const content = await readWhole(await registry.readBlob(at.repository, { digest, sizeBytes: size }));
  const config = ImageConfig.safeParse(jsonOf(content.toString("utf8")));
  if (!config.success || config.data.rootfs.diff_ids.length !== manifest.data.layers.length)
    throw unusable(name, "its configuration is in a format that is not known");
  return { registry, repository: at.repository, manifest: manifest.data, config: config.data };
}
