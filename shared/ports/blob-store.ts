import type { Readable } from "node:stream";

/** Content-addressed bytes. `digest` is `sha256:<64 hex>` of the content. Blobs live in a namespace (a tenant id): the same digest in another is not found. */
export interface BlobStore {
  /** Keeps the stream whole or not at all. @throws Fault `invalid` when `expected` is given and differs, `too_large` over `maxBytes`, `exhausted` when the disk is full. */
  put(
    namespace: string,
    content: Readable,
    options: { maxBytes: number; expected?: string },
  ): Promise<{ digest: string; sizeBytes: number }>;
  /** @throws Fault `not_found`. */
  get(namespace: string, digest: string): Promise<{ content: Readable; sizeBytes: number }>;
  has(namespace: string, digest: string): Promise<boolean>;
  remove(namespace: string, digest: string): Promise<void>;
  /** A URL that lets its bearer do exactly this one thing until it expires. For `put` the digest is not known yet: the answer to the PUT tells it as JSON `{digest, sizeBytes}`. */
  presign(
    request:
      | { kind: "get"; namespace: string; digest: string; expiresSeconds: number }
      | { kind: "put"; namespace: string; maxBytes: number; expiresSeconds: number },
  ): Promise<string>;
}
