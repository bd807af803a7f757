import { type Descriptor, type ImageConfig, type ImageManifest, mediaTypes } from "./manifest.ts";

/** Where a slug's tree lies in an image: `app/` below it is the directory programs start in. */
export const slugRoot = "/slug";
/** The user programs run as, and whose the tree is: no base image gives this number any rights. */
export const slugUser = 10_001;

const fallbackPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const entriesOf = (env: readonly string[] | null | undefined): Record<string, string> =>
  Object.fromEntries((env ?? []).map((entry) => [entry.split("=", 1)[0] ?? "", entry.slice(entry.indexOf("=") + 1)]));

/** What the program sees, before the user's own: the base image's, the platform's, the build's with its PATH in front. */
export function variablesIn(base: readonly string[] | null | undefined, built: Readonly<Record<string, string>>): string[] {
  const { PATH: path = fallbackPath, ...inherited } = entriesOf(base);
  const placed = Object.entries(built).map(([name, value]) => [name, value.replaceAll("{slug}", slugRoot)] as const);
  const { PATH: first, ...own } = Object.fromEntries(placed);
  const all = {
    LANG: "C.UTF-8",
    ...inherited,
    HOME: `${slugRoot}/home`,
    TMPDIR: "/tmp",
    ...own,
    PATH: first ? `${first}:${path}` : path,
  };
  return Object.entries(all)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
}

export interface Layer {
  readonly digest: string;
  readonly sizeBytes: number;
  /** Digest of the layer unpacked. */
  readonly diffId: string;
}

/** The configuration of a runner image with a slug on top. Nothing of when it was made goes in. */
export function composeConfig(
  base: ImageConfig,
  slug: { layer: Layer; variables: Readonly<Record<string, string>>; digest: string },
): string {
  const created = "1970-01-01T00:00:00Z";
  return JSON.stringify({
    architecture: base.architecture,
    os: base.os,
    ...("variant" in base ? { variant: base.variant } : {}),
    created,
    config: {
      User: `${slugUser}:${slugUser}`,
      Env: variablesIn(base.config.Env, slug.variables),
      Cmd: ["/bin/sh"],
      WorkingDir: `${slugRoot}/app`,
      StopSignal: "SIGTERM",
      Labels: { ...base.config.Labels, "io.pluvia.slug": slug.digest },
    },
    rootfs: { type: "layers", diff_ids: [...base.rootfs.diff_ids, slug.layer.diffId] },
    ...(base.history ? { history: [...base.history, { created, created_by: "pluvia", comment: "slug" }] } : {}),
  });
}

/** Docker's names for the same formats: an OCI manifest may only hold OCI's. */
const renamed: Readonly<Record<string, string>> = {
  "application/vnd.docker.image.rootfs.diff.tar.gzip": mediaTypes.layer,
  "application/vnd.docker.image.rootfs.diff.tar": mediaTypes.plainLayer,
};

export const composeManifest = (
  base: ImageManifest,
  parts: { config: { digest: string; sizeBytes: number }; layer: Layer },
): string =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: parts.config.digest, size: parts.config.sizeBytes },
    layers: [
      ...base.layers.map(
        ({ mediaType, digest, size }): Descriptor => ({ mediaType: renamed[mediaType] ?? mediaType, digest, size }),
      ),
      { mediaType: mediaTypes.layer, digest: parts.layer.digest, size: parts.layer.sizeBytes },
    ],
  });
