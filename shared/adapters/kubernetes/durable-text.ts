import { Fault, isFault } from "../../base/fault.ts";
import type { DurableText } from "../../ports/durable-text.ts";
import { type Client, fieldManager } from "./client.ts";
import type { KubernetesObject } from "./object.ts";

interface TextSecret extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** The API server takes 1 MiB in one Secret, as base64. */
const bytesMax = 700_000;
const key = "text";

/** A Secret that all replicas share. Every write names the resourceVersion it read. */
export function kubernetesDurableText(options: {
  readonly client: Pick<Client, "get" | "create" | "apply">;
  readonly namespace: string;
  readonly name: string;
}): DurableText {
  const { client, namespace, name } = options;
  const ref = { apiVersion: "v1", kind: "Secret", metadata: { name, namespace } };
  return {
    async read() {
      const found = await client.get<TextSecret>(ref);
      const data = found?.data?.[key];
      if (!found || data === undefined) return undefined;
      return { text: Buffer.from(data, "base64").toString("utf8"), version: String(found.metadata.resourceVersion) };
    },
    async write(text, version) {
      const bytes = Buffer.byteLength(text);
      if (bytes > bytesMax)
        throw new Fault("too_large", `The state ${name} is larger than a Secret can be.`, { detail: { bytes, bytesMax } });
      const labels = { "app.kubernetes.io/managed-by": fieldManager };
      const data = { [key]: Buffer.from(text).toString("base64") };
      const metadata = { name, namespace, labels };
      try {
        if (version === undefined) await client.create({ ...ref, metadata, data });
        else await client.apply({ ...ref, metadata: { ...metadata, resourceVersion: version }, data });
        return true;
      } catch (error) {
        if (isFault(error, "conflict") || isFault(error, "not_found")) return false;
        throw error;
      }
    },
  };
}
