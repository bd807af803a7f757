import { createHash } from "node:crypto";
import type { BlobName, BlobStore, BlobWrite } from "../../ports/blob-store.ts";
import { blobName } from "../blob-rules.ts";

export interface MemoryBlobs extends BlobStore {
  /** Keeps content as if it had been PUT; answers its digest. */
  keep(namespace: string, content: string): { digest: `sha256:${string}`; sizeBytes: number };
  /** Makes a request that this store signed, whether its time is over or not. */
  fetch(request: BlobWrite, content?: Buffer): { status: number; body: Buffer };
}

interface Grant extends BlobName {
  readonly sizeBytes?: number;
}

/** Nothing listens behind its URLs: `fetch` stands in for that. */
export function memoryBlobs(): MemoryBlobs {
  const blobs = new Map<string, Buffer>();
  const grants = new Map<string, Grant>();
  const nameOf = ({ namespace, digest }: BlobName) => `${namespace}/${blobName({ namespace, digest })}`;
  const grantUrl = (grant: Grant): string => {
    const url = `memory://blobs/${nameOf(grant)}?${grant.sizeBytes ?? ""}`;
    grants.set(url, grant);
    return url;
  };
  return {
    has: async (blob) => blobs.has(nameOf(blob)),
    remove: async (blob) => {
      blobs.delete(nameOf(blob));
    },
    readUrl: async ({ namespace, digest }) => grantUrl({ namespace, digest }),
    writeRequest: async ({ namespace, digest, sizeBytes }) => ({ url: grantUrl({ namespace, digest, sizeBytes }), headers: {} }),
    keep: (namespace, content) => {
      const bytes = Buffer.from(content);
      const digest = digestOf(bytes);
      blobs.set(nameOf({ namespace, digest }), bytes);
      return { digest, sizeBytes: bytes.length };
    },
    fetch: ({ url }, content) => {
      const grant = grants.get(url);
      if (!grant || (content === undefined) !== (grant.sizeBytes === undefined)) return { status: 403, body: Buffer.alloc(0) };
      if (content) {
        const isIt = content.length === grant.sizeBytes && digestOf(content) === grant.digest;
        if (isIt) blobs.set(nameOf(grant), content);
        return { status: isIt ? 200 : 400, body: Buffer.alloc(0) };
      }
      const body = blobs.get(nameOf(grant));
      return { status: body ? 200 : 404, body: body ?? Buffer.alloc(0) };
    },
  };
}

const digestOf = (bytes: Buffer): `sha256:${string}` => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
