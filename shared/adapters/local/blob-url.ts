import { createHmac, timingSafeEqual } from "node:crypto";
import { Fault } from "../../base/fault.ts";
import type { BlobName } from "../../ports/blob-store.ts";

/** What a signed URL lets its bearer do. */
export type BlobGrant = BlobName & ({ readonly kind: "get" } | { readonly kind: "put"; readonly sizeBytes: number });
/** `expires` is in seconds since 1970. */
type Timed = BlobGrant & { readonly expires: number };

/** Where the platform serves blobs. */
export const blobPrefix = "/-/blobs/";

export function signedUrl(key: string, origin: string, grant: Timed): string {
  const url = new URL(`${blobPrefix}${grant.namespace}/${grant.digest}`, origin);
  if (grant.kind === "put") url.searchParams.set("size", String(grant.sizeBytes));
  url.searchParams.set("expires", String(grant.expires));
  url.searchParams.set("signature", signatureOf(key, grant).toString("base64url"));
  return url.href;
}

/** @throws Fault `forbidden` when the URL was not signed by us for this method, was changed, or is over. */
export function grantOf(key: string, method: string, url: URL, nowMs: number): BlobGrant {
  const [namespace = "", digest = ""] = decodeURIComponent(url.pathname.slice(blobPrefix.length)).split("/");
  const expires = Number(url.searchParams.get("expires"));
  const blob = { namespace, digest, expires };
  const grant: Timed =
    method === "PUT" ? { kind: "put", ...blob, sizeBytes: Number(url.searchParams.get("size")) } : { kind: "get", ...blob };
  const given = Buffer.from(url.searchParams.get("signature") ?? "", "base64url");
  const signed = signatureOf(key, grant);
  if (given.length !== signed.length || !timingSafeEqual(given, signed))
    throw new Fault("forbidden", "This address was not given out by the platform.", { next: "Ask the platform for a new one." });
  if (expires * 1_000 <= nowMs)
    throw new Fault("forbidden", "This address is over.", { next: "Ask the platform for a new one." });
  return grant;
}

const signatureOf = (key: string, grant: Timed): Buffer =>
  createHmac("sha256", key)
    .update(
      JSON.stringify([grant.kind, grant.namespace, grant.digest, grant.kind === "put" ? grant.sizeBytes : null, grant.expires]),
    )
    .digest();
