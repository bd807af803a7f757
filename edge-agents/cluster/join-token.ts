import type { Client } from "../../shared/adapters/kubernetes/client.ts";
import type { Secret } from "../../shared/adapters/kubernetes/shapes.ts";
import type { DurableText } from "../../shared/ports/durable-text.ts";
import { isNewToken } from "../runtime/credential.ts";

/**
 * Whether somebody has put another token in place of the one that these agents joined with. `tried`: what this process began with; one that the
 * platform refuses is tried once by each process.
 */
export async function isTokenWaiting(
  { client, namespace, tried }: { readonly client: Client; readonly namespace: string; readonly tried: string | undefined },
  identity: DurableText,
): Promise<boolean> {
  const ref = { apiVersion: "v1", kind: "Secret", metadata: { name: "pluvia-join", namespace } };
  const token = Buffer.from((await client.get<Secret>(ref))?.data?.["token"] ?? "", "base64").toString("utf8");
  return token !== "" && token !== tried && (await isNewToken(identity, token));
}
