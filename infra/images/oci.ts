import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { endOfArchive, padding, tarHeader } from "../../edge-agents/builder/tar.ts";
import { mediaTypes } from "../../shared/domain/image/manifest.ts";

export interface File {
  readonly content: Buffer | string;
  readonly executable?: boolean;
  readonly capability?: number;
}
/** A symbolic link. */
export interface Link {
  readonly target: string;
}
/** A folder where everybody may write. */
export const shared = "shared";
/** By path without a slash in front. */
export type Files = Readonly<Record<string, File | Link | typeof shared>>;

const digestOf = (bytes: Buffer): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const foldersOf = (path: string): string[] =>
  path
    .split("/")
    .slice(0, -1)
    .map((_, at, parts) => parts.slice(0, at + 1).join("/"));

/** Sorted, with the folders in between, and without who, when and where: the same files give the same bytes. */
export function tarOf(files: Files): Buffer {
  const folders = new Set(Object.keys(files).flatMap(foldersOf));
  const paths = [...folders, ...Object.keys(files)].sort();
  const pieces = paths.flatMap((path) => {
    const file = files[path];
    if (!file || file === shared) {
      const folder = { path, kind: "directory", executable: false, sizeBytes: 0, target: null } as const;
      return [tarHeader({ ...folder, isShared: file === shared })];
    }
    if ("target" in file) return [tarHeader({ path, kind: "link", executable: false, sizeBytes: 0, target: file.target })];
    const bytes = Buffer.from(file.content);
    const { executable = false, capability } = file;
    const entry = { path, kind: "file", executable, capability, sizeBytes: bytes.length, target: null } as const;
    return [tarHeader(entry), bytes, padding(bytes.length)];
  });
  return Buffer.concat([...pieces, endOfArchive]);
}

export interface ImageParts {
  /** In Go's words: amd64, arm64. */
  readonly architecture: string;
  /** What an OCI image's `config` holds: User, Env, Entrypoint… */
  readonly config: Readonly<Record<string, unknown>>;
  /** The lowest first. */
  readonly layers: readonly Files[];
  /** Full name with a tag. */
  readonly name: string;
}

/** An archive of one image that skopeo, podman, containerd and Docker (from 25 on) load, made without any of them. */
export function ociArchive({ architecture, config, layers, name }: ImageParts): Buffer {
  const made = layers.map((files) => {
    const tar = tarOf(files);
    // The highest level takes twice as long for nothing.
    return { zipped: gzipSync(tar, { level: 6 }), diffId: digestOf(tar) };
  });
  const described = (mediaType: string, bytes: Buffer) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });
  const rootfs = { type: "layers", diff_ids: made.map(({ diffId }) => diffId) };
  const configured = Buffer.from(JSON.stringify({ architecture, os: "linux", created: "1970-01-01T00:00:00Z", config, rootfs }));
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: described(mediaTypes.config, configured),
      layers: made.map(({ zipped }) => described(mediaTypes.layer, zipped)),
    }),
  );
  const annotations = { "org.opencontainers.image.ref.name": name, "io.containerd.image.name": name };
  const index = { schemaVersion: 2, manifests: [{ ...described(mediaTypes.manifest, manifest), annotations }] };
  const blobs = [configured, manifest, ...made.map(({ zipped }) => zipped)];
  return tarOf({
    "oci-layout": { content: JSON.stringify({ imageLayoutVersion: "1.0.0" }) },
    "index.json": { content: JSON.stringify(index) },
    ...Object.fromEntries(blobs.map((bytes) => [`blobs/sha256/${digestOf(bytes).slice("sha256:".length)}`, { content: bytes }])),
  });
}
