import { exportJWK, generateKeyPair } from "jose";
import * as z from "zod";
import { newRegistryKey } from "../../shared/adapters/http/oci/certificate.ts";
import type { DurableText } from "../../shared/ports/durable-text.ts";

const SharedKeys = z.object({
  /** What callers of the status service show. */
  statusToken: z.string(),
  /** Ed25519, signs credentials for the data center's registry. */
  credentials: z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string(), d: z.string() }),
  /** Signs what the registry itself believes. */
  registry: z.object({ privateKey: z.string(), certificate: z.string() }),
});
/** What all replicas of a data center's agents must have alike, whichever of them is asked. */
export type SharedKeys = z.infer<typeof SharedKeys>;

/** The keys; the first replica to ask makes them. */
export async function sharedKeys(text: DurableText, random: () => string): Promise<SharedKeys> {
  const found = await text.read();
  if (found) return SharedKeys.parse(JSON.parse(found.text));
  const { privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  const credentials = await exportJWK(privateKey);
  const keys = SharedKeys.parse({ statusToken: random(), credentials, registry: newRegistryKey() });
  return (await text.write(JSON.stringify(keys), undefined)) ? keys : sharedKeys(text, random);
}
