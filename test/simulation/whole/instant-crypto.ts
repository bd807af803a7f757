import { createHash, KeyObject, sign, verify, type webcrypto } from "node:crypto";

type Bytes = ArrayBuffer | NodeJS.ArrayBufferView;
const bytesOf = (data: Bytes): Uint8Array =>
  ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
const bufferOf = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;

/** Hashes and signatures that are there at once: when a thread of its own has made one is no part of a seed. */
export function instantCrypto(): void {
  Object.assign(globalThis.crypto.subtle, {
    digest: async (_algorithm: string, data: Bytes) => bufferOf(createHash("sha256").update(bytesOf(data)).digest()),
    sign: async (_algorithm: unknown, key: webcrypto.CryptoKey, data: Bytes) =>
      bufferOf(sign(null, bytesOf(data), KeyObject.from(key))),
    verify: async (_algorithm: unknown, key: webcrypto.CryptoKey, signature: Bytes, data: Bytes) =>
      verify(null, bytesOf(data), KeyObject.from(key), bytesOf(signature)),
  });
}
