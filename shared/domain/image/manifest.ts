import * as z from "zod";

/** The parts of the OCI image format that are read here. Source: opencontainers/image-spec v1.1. */
export const mediaTypes = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
  plainLayer: "application/vnd.oci.image.layer.v1.tar",
  empty: "application/vnd.oci.empty.v1+json",
} as const;
const dockerList = "application/vnd.docker.distribution.manifest.list.v2+json";

const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
export const Descriptor = z.looseObject({
  mediaType: z.string().max(200),
  digest: Digest,
  size: z.int().min(0),
  annotations: z.record(z.string(), z.string()).optional(),
});
export type Descriptor = z.infer<typeof Descriptor>;

export const ImageManifest = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  config: Descriptor,
  layers: z.array(Descriptor).max(500),
});
export type ImageManifest = z.infer<typeof ImageManifest>;

export const ImageIndex = z.looseObject({
  schemaVersion: z.literal(2),
  manifests: z
    .array(
      Descriptor.extend({
        platform: z.looseObject({ os: z.string(), architecture: z.string(), variant: z.string().optional() }).optional(),
      }),
    )
    .max(500),
});
export type ImageIndex = z.infer<typeof ImageIndex>;

export const ImageConfig = z.looseObject({
  architecture: z.string(),
  os: z.string(),
  config: z
    .looseObject({ Env: z.array(z.string()).nullish(), Labels: z.record(z.string(), z.string()).nullish() })
    .nullish()
    .transform((config) => config ?? {}),
  rootfs: z.object({ type: z.literal("layers"), diff_ids: z.array(Digest) }),
  history: z.array(z.looseObject({ empty_layer: z.boolean().optional() })).nullish(),
});
export type ImageConfig = z.infer<typeof ImageConfig>;

export const isIndex = (mediaType: string): boolean => mediaType === mediaTypes.index || mediaType === dockerList;

/** The manifest for machines of this architecture, in Go's words (`amd64`, `arm64`); undefined when there is none. */
export const manifestFor = (index: ImageIndex, architecture: string): Descriptor | undefined =>
  index.manifests.find(({ platform }) => platform?.os === "linux" && platform.architecture === architecture);
