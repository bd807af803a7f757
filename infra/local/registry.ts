import path from "node:path";
import { newRegistryKey, type RegistryKey } from "../../shared/adapters/http/oci/certificate.ts";
import { ociImages } from "../../shared/adapters/http/oci/images.ts";
import { ociRegistry } from "../../shared/adapters/http/oci/registry.ts";
import {
  answerRealm,
  certificatePath,
  ours,
  realmPath,
  type RegistryTokens,
  registryTokens,
} from "../../shared/adapters/http/oci/token-service.ts";
import type { Home } from "../../shared/adapters/local/home.ts";
import { keyFile } from "../../shared/adapters/local/key-file.ts";
import { localTokens } from "../../shared/adapters/local/tokens.ts";
import type { PlatformRegistry } from "../../shared/domain/image/platform-registry.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { ImageRegistry } from "../../shared/ports/image-registry.ts";
import type { HttpPart } from "./server.ts";

/** A registry of the operator's that asks the platform who may do what. */
export function platformRegistry(
  { url, prefix }: PlatformRegistry,
  { home, clock }: { home: Pick<Home, "keys">; clock: Clock },
): { images: ImageRegistry; part: HttpPart } {
  const key = JSON.parse(keyFile(path.join(home.keys, "registry"), () => JSON.stringify(newRegistryKey()))) as RegistryKey;
  const credentials = localTokens({ path: path.join(home.keys, "cloud"), clock });
  const tokens = registryTokens({ tokens: credentials, key, ...ours, prefix, clock });
  const registry = ociRegistry({
    url,
    // The operator has named it, wherever it is.
    allowed: [new URL(url).hostname],
    token: (scope) => tokens.grant({ kind: "agent" }, [scope]),
  });
  return { images: ociImages({ registry, prefix, tokens }), part: realmPart(tokens, key.certificate) };
}

const realmPart = (tokens: RegistryTokens, certificate: string): HttpPart => ({
  serves: ({ url = "" }) => url === certificatePath || url.split("?")[0] === realmPath,
  handle: async ({ url = "", headers: { authorization } }, response) => {
    if (url === certificatePath) {
      response.writeHead(200, { "content-type": "application/x-pem-file" }).end(certificate);
      return;
    }
    const { status, body } = await answerRealm(tokens, { url, authorization });
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  },
});
