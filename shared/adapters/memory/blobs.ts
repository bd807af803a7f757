import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { BlobStore } from "../../ports/blob-store.ts";
import { hexOf, missingBlob, tooLargeBlob, wrongDigest } from "../blob-rules.ts";

/** Its presigned URLs are names only: nothing serves them. */
export function memoryBlobs(): BlobStore {
  const blobs = new Map<string, Buffer>();
  const name = (namespace: string, digest: string) => `${namespace}/${hexOf(digest)}`;
  return {
    put: async (namespace, content, { maxBytes, expected }) => {
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      for await (const chunk of content) {
        chunks.push(Buffer.from(chunk));
        sizeBytes += chunks.at(-1)?.length ?? 0;
        if (sizeBytes > maxBytes) throw tooLargeBlob(maxBytes);
      }
      const bytes = Buffer.concat(chunks);
      const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
      if (expected !== undefined && expected !== digest) throw wrongDigest(expected, digest);
      blobs.set(name(namespace, digest), bytes);
      return { digest, sizeBytes };
    },
    get: async (namespace, digest) => {
      const bytes = blobs.get(name(namespace, digest));
      if (!bytes) throw missingBlob(digest);
      return { content: Readable.from([bytes]), sizeBytes: bytes.length };
    },
    has: async (namespace, digest) => blobs.has(name(namespace, digest)),
    remove: async (namespace, digest) => {
      blobs.delete(name(namespace, digest));
    },
    presign: async (request) =>
      `memory://blobs/${request.namespace}/${request.kind === "get" ? request.digest : `new?max=${request.maxBytes}`}`,
  };
}
