import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a server of TLS shows. */
export interface ServerIdentity {
  readonly key: string;
  readonly cert: string;
}

/** An authority that no machine knows, as a company has one. */
export interface PrivateAuthority {
  /** A file with its certificate. */
  readonly file: string;
  /** Of a server with these names. */
  identityFor(...names: readonly string[]): ServerIdentity;
}

/** In `folder`, by openssl. */
export function privateAuthority(folder: string): PrivateAuthority {
  const at = (name: string) => join(folder, name);
  const openssl = (...words: string[]) => execFileSync("openssl", words, { stdio: ["ignore", "ignore", "pipe"] });
  const request = ["req", "-newkey", "rsa:2048", "-nodes"];
  openssl(...request, "-x509", "-days", "30", "-subj", "/CN=Example Corporation", "-keyout", at("ca.key"), "-out", at("ca.crt"));
  return {
    file: at("ca.crt"),
    identityFor: (...names) => {
      openssl(...request, "-subj", `/CN=${names[0]}`, "-keyout", at("server.key"), "-out", at("server.csr"));
      writeFileSync(at("server.ext"), `subjectAltName=${names.map((name) => `DNS:${name}`).join(",")}\n`);
      const signer = ["-CA", at("ca.crt"), "-CAkey", at("ca.key"), "-CAcreateserial", "-extfile", at("server.ext")];
      openssl("x509", "-req", "-days", "30", "-in", at("server.csr"), ...signer, "-out", at("server.crt"));
      return { key: readFileSync(at("server.key"), "utf8"), cert: readFileSync(at("server.crt"), "utf8") };
    },
  };
}
