import { crc32 } from "../base/digest.ts";

/**
 * A secret that people and programs carry: `pluvia_<kind>_`, 43 characters of base64url (256 random bits), 7 of base 36 that check
 * the rest. The prefix lets scanners find leaked ones; the check tells a typo from a dead credential without asking the store.
 */
export type CredentialKind = "session" | "key" | "invite" | "join" | "reset";
const shape = /^pluvia_(session|key|invite|join|reset)_([A-Za-z0-9_-]{43})([0-9a-z]{7})$/;
const check = (text: string): string => crc32(text).toString(36).padStart(7, "0");

/** `secret`: 43 characters of base64url, as `Ids.secret` gives them. */
export const credentialOf = (kind: CredentialKind, secret: string): string => {
  const text = `pluvia_${kind}_${secret}`;
  return text + check(text);
};

/** The kind, or why it cannot be one of ours. */
export function readCredential(text: string): CredentialKind | "typo" | "foreign" {
  if (!text.startsWith("pluvia_")) return "foreign";
  const match = shape.exec(text);
  if (!match || check(text.slice(0, -7)) !== match[3]) return "typo";
  return match[1] as CredentialKind;
}

/** What of a credential may be shown, so that a person can tell two apart. */
export const hintOf = (credential: string): string => `${credential.slice(0, "pluvia_key_".length + 4)}…`;
