import { Fault } from "../base/fault.ts";

/** The hexadecimal half of a digest. @throws Fault `invalid`. */
export function hexOf(digest: string): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (hex === undefined)
    throw new Fault("invalid", "A digest is sha256: and 64 hexadecimal digits.", {
      next: "Send the digest that the platform answered.",
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
export const tooLargeBlob = (maxBytes: number): Fault =>
  new Fault("too_large", `It is over the limit of ${maxBytes} bytes.`, {
    next: "Send less: leave out what is built or downloaded again anyway.",
    reason: "blob.too-large",
    params: { limit: maxBytes },
  });
export const wrongDigest = (expected: string, digest: string): Fault =>
  new Fault("invalid", `The content's digest is ${digest}, not ${expected}.`, {
    next: "It was changed on the way: send it again.",
    reason: "blob.changed",
  });
