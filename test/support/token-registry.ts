import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { JWK } from "jose";
import { newRegistryKey } from "../../shared/adapters/http/oci/certificate.ts";
import { answerRealm, type RegistryTokens, registryTokens } from "../../shared/adapters/http/oci/token-service.ts";
import { jwtTokens } from "../../shared/adapters/jwt-tokens.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { startRegistry, type TestRegistry } from "./oci-registry.ts";

/** A real registry that asks our token service who may do what. */
export async function startTokenRegistry(prefix: string): Promise<TestRegistry & { tokens: RegistryTokens }> {
  const key = newRegistryKey();
  const jwk = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }) as JWK;
  const clock = systemClock();
  const parts = { key, issuer: "pluvia", service: "registry", prefix, clock };
  const tokens = registryTokens({ ...parts, tokens: jwtTokens({ jwk, clock }) });
  const realm = createServer((request, response) => {
    const asked = { url: request.url ?? "/", authorization: request.headers.authorization };
    void answerRealm(tokens, asked).then(({ status, body }) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)),
    );
  }).listen(0, "127.0.0.1");
  await once(realm, "listening");
  const registry = await startRegistry((folder) => {
    writeFileSync(`${folder}/trusted.pem`, key.certificate);
    const { port } = realm.address() as AddressInfo;
    const token = {
      realm: `http://127.0.0.1:${port}/token`,
      service: "registry",
      issuer: "pluvia",
      rootcertbundle: `${folder}/trusted.pem`,
    };
    return { auth: { token } };
  });
  return {
    ...registry,
    tokens,
    close: async () => {
      await registry.close();
      realm.closeAllConnections();
      realm.close();
    },
  };
}
