import { createHmac, timingSafeEqual } from "node:crypto";
import { Fault } from "../../base/fault.ts";

/** What a presigned URL lets its bearer do. */
export type BlobGrant =
  | { readonly kind: "get"; readonly namespace: string; readonly digest: string; readonly expires: number }
  | { readonly kind: "put"; readonly namespace: string; readonly maxBytes: number; readonly expires: number };

/** Where the platform serves blobs. `expires` is in seconds since 1970. */
export const blobPrefix = "/-/blobs/";

export function signedUrl(key: string, origin: string, grant: BlobGrant): string {
  const url = new URL(`${blobPrefix}${grant.namespace}${grant.kind === "get" ? `/${grant.digest}` : ""}`, origin);
  if (grant.kind === "put") url.searchParams.set("max", String(grant.maxBytes));
  url.searchParams.set("expires", String(grant.expires));
  url.searchParams.set("signature", signatureOf(key, grant).toString("base64url"));
  return url.href;
}

/** @throws Fault `forbidden` when the URL was not signed by us for this method, was changed, or is over. */
export function grantOf(key: string, method: string, url: URL, nowMs: number): BlobGrant {
  const [namespace = "", digest] = decodeURIComponent(url.pathname.slice(blobPrefix.length)).split("/");
  const expires = Number(url.searchParams.get("expires"));
  const grant: BlobGrant =
    method === "PUT"
      ? { kind: "put", namespace, maxBytes: Number(url.searchParams.get("max")), expires }
      : { kind: "get", namespace, digest: digest ?? "", expires };
  const given = Buffer.from(url.searchParams.get("signature") ?? "", "base64url");
  const signed = signatureOf(key, grant);
  if (given.length !== signed.length || !timingSafeEqual(given, signed))
    throw new Fault("forbidden", "This address was not given out by the platform.", { next: "Ask the platform for a new one." });
  if (expires * 1_000 <= nowMs)
    throw new Fault("forbidden", "This address is over.", { next: "Ask the platform for a new one." });
  return grant;
}

const signatureOf = (key: string, grant: BlobGrant): Buffer =>
  createHmac("sha256", key)
    .update(JSON.stringify([grant.kind, grant.namespace, grant.kind === "get" ? grant.digest : grant.maxBytes, grant.expires]))
    .digest();
