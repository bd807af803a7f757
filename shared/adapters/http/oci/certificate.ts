import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** DER, ITU-T X.690: tag, length, content. */
const der = (tag: number, ...content: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(content);
  const length =
    body.length < 128 ? [body.length] : body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const sequence = (...content: readonly Buffer[]): Buffer => der(0x30, ...content);
const hex = (text: string): Buffer => Buffer.from(text, "hex");
/** ecdsa-with-SHA256, RFC 5758. */
const algorithm = sequence(der(0x06, hex("2a8648ce3d040302")));
const commonName = (name: string): Buffer =>
  sequence(der(0x31, sequence(der(0x06, hex("550403")), der(0x0c, Buffer.from(name)))));
/** GeneralizedTime: the years are chosen so that it never ends by itself. RFC 5280 4.1.2.5. */
const validity = sequence(der(0x18, Buffer.from("20200101000000Z")), der(0x18, Buffer.from("99991231235959Z")));

export interface RegistryKey {
  /** PKCS 8, PEM. */
  readonly privateKey: string;
  /** What a registry is given as `auth.token.rootcertbundle`. */
  readonly certificate: string;
}

/** A key to sign registry tokens with, and the self-signed certificate by which a registry knows it. */
export function newRegistryKey(): RegistryKey {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = commonName("pluvia registry tokens");
  const serial = der(0x02, hex("01"));
  const content = sequence(serial, algorithm, name, validity, name, publicKey.export({ type: "spki", format: "der" }));
  const signature = der(0x03, hex("00"), sign("sha256", content, privateKey));
  const certificate = sequence(content, algorithm, signature).toString("base64").replace(/.{64}/g, "$&\n");
  return {
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    certificate: `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n`,
  };
}

/** How registries name a key: 30 bytes of the digest in base32, in groups of four. Source: docker/libtrust, key id. */
export function keyIdOf(publicKey: KeyObject): string {
  const digest = createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest();
  const bits = [...digest.subarray(0, 30)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const letters = (bits.match(/.{5}/g) ?? [])
    .map((five) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[Number.parseInt(five, 2)])
    .join("");
  return (letters.match(/.{4}/g) ?? []).join(":");
}
