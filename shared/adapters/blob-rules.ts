import { Fault } from "../base/fault.ts";
import type { BlobName } from "../ports/blob-store.ts";

/**
 * The hexadecimal half of a blob's digest. @throws Fault `invalid` when it is no digest, `internal` for a namespace that could lead out of ours where it
 * becomes a folder.
 */
export function blobName({ namespace, digest }: BlobName): string {
  if (!/^[a-z0-9][a-z0-9_-]{0,99}$/i.test(namespace))
    throw new Fault("internal", "Something went wrong on our side.", { detail: { bug: "not a blob namespace", namespace } });
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (hex === undefined)
    throw new Fault("invalid", "A digest is sha256: and 64 hexadecimal digits.", {
      next: "Send the SHA-256 of the content.",
      reason: "digest.form",
    });
  return hex;
}

export const missingBlob = (digest: string): Fault =>
  new Fault("not_found", `There is no blob ${digest}.`, {
    next: "It may have been removed with its release: build again.",
    reason: "blob.missing",
    params: { digest },
  });
export const wrongSize = (sizeBytes: number): Fault =>
  new Fault("too_large", `It is not the ${sizeBytes} bytes that were announced.`, {
    next: "Ask for an address for what you have now, and send that.",
    reason: "blob.too-large",
    params: { limit: sizeBytes },
  });
export const wrongDigest = (expected: string, digest: string): Fault =>
  new Fault("invalid", `The content's digest is ${digest}, not ${expected}.`, {
    next: "It was changed on the way: send it again.",
    reason: "blob.changed",
  });
