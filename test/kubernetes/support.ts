import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Client, kubernetesClient } from "../../shared/adapters/kubernetes/client.ts";
import { kubeconfig as accessOf } from "../../shared/adapters/kubernetes/kubeconfig.ts";
import { transport } from "../../shared/adapters/kubernetes/transport.ts";

const kubeconfig = process.env.PLUVIA_TEST_KUBECONFIG;

/** Tests that need a cluster: skipped, with a word, where there is none. */
export const describeOnKubernetes: typeof describe = kubeconfig ? describe : describe.skip;

/** 12 characters that no other run has. */
export const unique = (): string => randomBytes(6).toString("hex");

export function openClient(): Client {
  if (!kubeconfig) throw new Error("there is no cluster");
  return kubernetesClient(transport(accessOf(readFileSync(kubeconfig, "utf8"))));
}

/** A namespace that no other test uses, and how to remove it. */
export async function testNamespace(prefix: string): Promise<{ namespace: string; remove(): Promise<void> }> {
  const namespace = `${prefix}-${unique()}`;
  const ref = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  const client = openClient();
  await client.create(ref);
  return {
    namespace,
    remove: async () => {
      await client.remove(ref, { propagation: "Background" });
      client.transport.close();
    },
  };
}

/** A program that answers `text` on port 8080, says so, and ends when it is asked to. */
export const page = (text: string): string =>
  `mkdir -p /tmp/www; echo ${text} > /tmp/www/index.html; echo serving ${text}; httpd -f -p 8080 -h /tmp/www & trap 'kill $!; exit 0' TERM; wait $!`;
