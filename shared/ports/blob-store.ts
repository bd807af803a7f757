/** `digest` is `sha256:<64 hex>` of the content. `namespace` is a tenant's id: the same digest in another is not found. */
export interface BlobName {
  readonly namespace: string;
  readonly digest: string;
}

/** A request that whoever has it may make, just so. */
export interface BlobWrite {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Content-addressed bytes. They never pass through the cloud plane: whoever has them puts and gets them by requests that it signs. Who writes knows the
 * content, and so its digest; the store keeps exactly what was announced, or nothing.
 */
export interface BlobStore {
  has(blob: BlobName): Promise<boolean>;
  /** Fine when it is not there. */
  remove(blob: BlobName): Promise<void>;
  /** A URL to GET the content from until it expires. */
  readUrl(asked: BlobName & { readonly expiresSeconds: number }): Promise<string>;
  /** A PUT of this content, and of no other, until it expires; it may be made again. What differs is refused (400, 403 or 413). */
  writeRequest(asked: BlobName & { readonly sizeBytes: number; readonly expiresSeconds: number }): Promise<BlobWrite>;
}
