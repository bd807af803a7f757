import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { Fault } from "../../base/fault.ts";
import type { BlobName, BlobStore } from "../../ports/blob-store.ts";
import type { Clock } from "../../ports/clock.ts";
import { blobName, missingBlob, wrongDigest, wrongSize } from "../blob-rules.ts";
import { type BlobGrant, signedUrl } from "./blob-url.ts";

export interface LocalBlobsOptions {
  readonly directory: string;
  /** Signs presigned URLs; the blob server checks with the same. */
  readonly key: string;
  /** Where the blob server answers, e.g. http://127.0.0.1:7070. Asked at each presign: the port may not be known at first. */
  readonly origin: () => string;
  readonly clock: Clock;
}

/** As the blob server, which serves its URLs, uses it. */
export interface LocalBlobs extends BlobStore {
  /**
   * Keeps the stream whole or not at all. @throws Fault `invalid` when its digest differs, `too_large` when its size does, `exhausted` when the disk
   * is full.
   */
  put(announced: BlobName & { readonly sizeBytes: number }, content: AsyncIterable<Uint8Array>): Promise<void>;
  /** @throws Fault `not_found`. */
  get(blob: BlobName): Promise<{ content: Readable; sizeBytes: number }>;
}

/** One file per blob: <directory>/<namespace>/<2 hex>/<64 hex>. A blob appears by a rename, so it is whole or absent. */
export function localBlobs({ directory, key, origin, clock }: LocalBlobsOptions): LocalBlobs {
  const drafts = path.join(directory, ".drafts");
  const fileOf = (blob: BlobName): string => {
    const hex = blobName(blob);
    return path.join(directory, blob.namespace, hex.slice(0, 2), hex);
  };
  const signed = (grant: BlobGrant, expiresSeconds: number): string => {
    blobName(grant);
    return signedUrl(key, origin(), { ...grant, expires: Math.floor(clock.now().getTime() / 1_000) + expiresSeconds });
  };
  return {
    put: async (announced, content) => {
      const file = fileOf(announced);
      await mkdir(drafts, { recursive: true, mode: 0o700 });
      const draft = path.join(drafts, `${process.pid}-${randomBytes(8).toString("hex")}`);
      try {
        const digest = await write(draft, content, announced.sizeBytes);
        if (digest !== announced.digest) throw wrongDigest(announced.digest, digest);
        await publish(draft, file);
      } catch (error) {
        await rm(draft, { force: true });
        throw diskFault(error);
      }
    },
    get: async (blob) => {
      const file = fileOf(blob);
      const found = await sizeOf(file);
      if (found === undefined) throw missingBlob(blob.digest);
      return { content: createReadStream(file), sizeBytes: found };
    },
    has: async (blob) => (await sizeOf(fileOf(blob))) !== undefined,
    remove: (blob) => rm(fileOf(blob), { force: true }),
    readUrl: async ({ namespace, digest, expiresSeconds }) => signed({ kind: "get", namespace, digest }, expiresSeconds),
    writeRequest: async ({ namespace, digest, sizeBytes, expiresSeconds }) => ({
      url: signed({ kind: "put", namespace, digest, sizeBytes }, expiresSeconds),
      headers: {},
    }),
  };
}

/** What a crash left half-written. Call it once, before anything is put. */
export async function removeDrafts(directory: string): Promise<void> {
  const drafts = path.join(directory, ".drafts");
  await mkdir(drafts, { recursive: true, mode: 0o700 });
  for (const name of await readdir(drafts)) await rm(path.join(drafts, name), { force: true });
}

/** Answers the digest. @throws Fault `too_large` when it is not of this size. */
async function write(draft: string, content: AsyncIterable<Uint8Array>, announcedBytes: number): Promise<string> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  const file = await open(draft, "wx", 0o600);
  try {
    for await (const chunk of content) {
      const bytes = Buffer.from(chunk);
      sizeBytes += bytes.length;
      if (sizeBytes > announcedBytes) throw wrongSize(announcedBytes);
      hash.update(bytes);
      await writeAll(file, bytes);
    }
    if (sizeBytes < announcedBytes) throw wrongSize(announcedBytes);
    await file.datasync();
  } finally {
    await file.close();
  }
  return `sha256:${hash.digest("hex")}`;
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
