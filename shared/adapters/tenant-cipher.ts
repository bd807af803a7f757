import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { Fault } from "../base/fault.ts";

const nonceBytes = 12;
const tagBytes = 16;

/** AES-256-GCM; the tenant's id is authenticated with the value. */
export function encrypt({ key, tenant, plain }: { key: Buffer; tenant: string; plain: string }): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(tenant));
  return Buffer.concat([nonce, cipher.update(plain, "utf8"), cipher.final(), cipher.getAuthTag()]).toString("base64url");
}

/** @throws Fault `internal`. */
export function decrypt({ key, tenant, sealed }: { key: Buffer; tenant: string; sealed: string }): string {
  const bytes = Buffer.from(sealed, "base64url");
  if (bytes.length < nonceBytes + tagBytes) throw unreadable("too short");
  const end = bytes.length - tagBytes;
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceBytes))
    .setAAD(Buffer.from(tenant))
    .setAuthTag(bytes.subarray(end));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, end)), decipher.final()]).toString("utf8");
  } catch (error) {
    throw unreadable("not authentic", error);
  }
}

export const unreadable = (reason: string, cause?: unknown): Fault =>
  new Fault("internal", "A secret value could not be read.", {
    next: "Set it again; if this happens to every value, restore the platform's key from a backup.",
    detail: { reason },
    cause,
  });
