import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { Fault } from "../../base/fault.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { Clock } from "../../ports/clock.ts";
import { hexOf, missingBlob, tooLargeBlob, wrongDigest } from "../blob-rules.ts";
import { signedUrl } from "./blob-url.ts";

export interface LocalBlobsOptions {
  readonly directory: string;
  /** Signs presigned URLs; the blob server checks with the same. */
  readonly key: string;
  /** Where the blob server answers, e.g. http://127.0.0.1:7070. Asked at each presign: the port may not be known at first. */
  readonly origin: () => string;
  readonly clock: Clock;
}

/** One file per blob: <directory>/<namespace>/<2 hex>/<64 hex>. A blob appears by a rename, so it is whole or absent. */
export function localBlobs({ directory, key, origin, clock }: LocalBlobsOptions): BlobStore {
  const drafts = path.join(directory, ".drafts");
  const fileOf = (namespace: string, digest: string): string => {
    const hex = hexOf(digest);
    return path.join(directory, namespaceOf(namespace), hex.slice(0, 2), hex);
  };
  return {
    put: async (namespace, content, { maxBytes, expected }) => {
      namespaceOf(namespace);
      await mkdir(drafts, { recursive: true, mode: 0o700 });
      const draft = path.join(drafts, `${process.pid}-${randomBytes(8).toString("hex")}`);
      try {
        const { digest, sizeBytes } = await write(draft, content, maxBytes);
        if (expected !== undefined && expected !== digest) throw wrongDigest(expected, digest);
        await publish(draft, fileOf(namespace, digest));
        return { digest, sizeBytes };
      } catch (error) {
        await rm(draft, { force: true });
        throw diskFault(error);
      }
    },
    get: async (namespace, digest) => {
      const file = fileOf(namespace, digest);
      const found = await sizeOf(file);
      if (found === undefined) throw missingBlob(digest);
      return { content: createReadStream(file), sizeBytes: found };
    },
    has: async (namespace, digest) => (await sizeOf(fileOf(namespace, digest))) !== undefined,
    remove: (namespace, digest) => rm(fileOf(namespace, digest), { force: true }),
    presign: async (request) => {
      namespaceOf(request.namespace);
      const expires = Math.floor(clock.now().getTime() / 1_000) + request.expiresSeconds;
      if (request.kind === "put")
        return signedUrl(key, origin(), { kind: "put", namespace: request.namespace, maxBytes: request.maxBytes, expires });
      return signedUrl(key, origin(), {
        kind: "get",
        namespace: request.namespace,
        digest: `sha256:${hexOf(request.digest)}`,
        expires,
      });
    },
  };
}

/** What a crash left half-written. Call it once, before anything is put. */
export async function removeDrafts(directory: string): Promise<void> {
  const drafts = path.join(directory, ".drafts");
  await mkdir(drafts, { recursive: true, mode: 0o700 });
  for (const name of await readdir(drafts)) await rm(path.join(drafts, name), { force: true });
}

/** A namespace becomes a folder's name: nothing that could lead out of ours. */
function namespaceOf(namespace: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,99}$/i.test(namespace)) return namespace;
  throw new Fault("internal", "Something went wrong on our side.", { detail: { bug: "not a blob namespace", namespace } });
}

async function write(draft: string, content: Readable, maxBytes: number): Promise<{ digest: string; sizeBytes: number }> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  const file = await open(draft, "wx", 0o600);
  try {
    for await (const chunk of content) {
      const bytes = Buffer.from(chunk);
      sizeBytes += bytes.length;
      if (sizeBytes > maxBytes) throw tooLargeBlob(maxBytes);
      hash.update(bytes);
      await writeAll(file, bytes);
    }
    await file.datasync();
  } finally {
    await file.close();
  }
  return { digest: `sha256:${hash.digest("hex")}`, sizeBytes };
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let from = 0; from < bytes.length; ) from += (await file.write(bytes, from)).bytesWritten;
}

async function publish(draft: string, file: string): Promise<void> {
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await rename(draft, file);
  const handle = await open(folder, "r");
  try {
    await handle.sync(); // the rename itself survives power loss
  } finally {
    await handle.close();
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function diskFault(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== "ENOSPC" && code !== "EDQUOT") return error;
  return new Fault("exhausted", "The disk is full.", {
    next: "Free some space on the platform's disk, then try again.",
    cause: error,
  });
}
