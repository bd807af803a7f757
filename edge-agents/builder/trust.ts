import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";

/** Where systems keep all that they trust, as one file. */
const systems = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];
/** Takes part in the check of a trust store against damage, and keeps no secret: what is in it is public. */
const password = "changeit";

/** Of each certificate in a text, as DER. */
const certificatesIn = (pem: string): readonly Buffer[] =>
  [...pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g)].map(([, text = ""]) =>
    Buffer.from(text, "base64"),
  );

const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const word = (text: string): Buffer => {
  const bytes = Buffer.from(text);
  return Buffer.concat([int(bytes.length).subarray(2), bytes]);
};

/** A trust store of Java's (JKS), which every Java reads: it takes no file of certificates as they are. */
const javaStore = (certificates: readonly Buffer[]): Buffer => {
  const [version, trusted, date] = [int(2), int(2), Buffer.alloc(8)];
  const entries = certificates.flatMap((der, at) => [trusted, word(`trusted-${at}`), date, word("X.509"), int(der.length), der]);
  const content = Buffer.concat([int(0xfeedfeed), version, int(certificates.length), ...entries]);
  const salt = Buffer.concat([Buffer.from(password, "utf16le").swap16(), Buffer.from("Mighty Aphrodite")]);
  return Buffer.concat([content, createHash("sha1").update(salt).update(content).digest()]);
};

/**
 * Variables by which the tools of a build trust what Node is told to trust beside the usual (NODE_EXTRA_CA_CERTS). Each knows another one, and all but Node take what
 * they are given in place of the system's: so they get files, in PLUVIA_BUILD_TRUST, that hold both.
 */
export const trustFor = (env: NodeJS.ProcessEnv): Readonly<Record<string, string>> => {
  const { NODE_EXTRA_CA_CERTS: extra, PLUVIA_BUILD_TRUST: folder } = env;
  if (!extra || !folder) return {};
  const system = [env["SSL_CERT_FILE"] ?? "", ...systems].find((file) => existsSync(file));
  const usual = system === undefined ? rootCertificates.join("\n") : readFileSync(system, "utf8");
  const all = `${usual.trimEnd()}\n${readFileSync(extra, "utf8")}`;
  const [bundle, store] = [join(folder, "all.pem"), join(folder, "java.jks")];
  mkdirSync(folder, { recursive: true });
  writeFileSync(bundle, all);
  writeFileSync(store, javaStore(certificatesIn(all)));
  const byFile = ["SSL_CERT_FILE", "GIT_SSL_CAINFO", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "BUNDLE_SSL_CA_CERT"];
  return {
    ...Object.fromEntries(byFile.map((name) => [name, bundle])),
    JAVA_TOOL_OPTIONS: [
      `-Djavax.net.ssl.trustStore=${store}`,
      "-Djavax.net.ssl.trustStoreType=JKS",
      `-Djavax.net.ssl.trustStorePassword=${password}`,
      env["JAVA_TOOL_OPTIONS"] ?? "",
    ]
      .join(" ")
      .trim(),
  };
};
