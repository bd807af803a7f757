import { parseAddress } from "./build/address.ts";

const isMapped = (bytes: readonly number[]): boolean =>
  bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;

/** Whom attempts and requests from an address are counted for: of IPv6 everyone has a network of 2^64 addresses at least (RFC 6177). */
export function networkOf(address: string): string {
  const bytes = parseAddress(address);
  if (bytes === undefined || bytes.length === 4) return address;
  if (isMapped(bytes)) return bytes.slice(12).join(".");
  const hex = bytes.slice(0, 8).map((byte) => byte.toString(16).padStart(2, "0"));
  return `${hex.join("")}::/64`;
}
