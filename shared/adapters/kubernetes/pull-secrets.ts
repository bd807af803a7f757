import { shouldRenew } from "../../domain/image/registry-access.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Client } from "./client.ts";
import type { KubernetesObject } from "./object.ts";

export interface PullSecretsParts {
  readonly client: Pick<Client, "get" | "apply">;
  readonly clock: Clock;
  /** What nodes call the registry. */
  readonly pullFrom: string;
  readonly mint: (tenant: string) => Promise<{ username: string; password: string; issuedAt: Date; expiresAt: Date }>;
  readonly namespaceOf: (tenant: string) => string;
  readonly labelsOf: (tenant: string) => Readonly<Record<string, string>>;
}

interface PullSecret extends KubernetesObject {
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
}

export const pullSecretName = "pluvia-pull";
const issued = "pluvia.io/issued-at";
const expires = "pluvia.io/expires-at";

/** What the kubelet reads. Source: Kubernetes, kubernetes.io/dockerconfigjson. */
const dockerConfig = (host: string, { username, password }: { username: string; password: string }): string =>
  JSON.stringify({ auths: { [host]: { username, password, auth: Buffer.from(`${username}:${password}`).toString("base64") } } });

const isFresh = (secret: PullSecret, host: string, now: Date): boolean => {
  const [issuedAt, expiresAt] = [issued, expires].map((name) => new Date(secret.metadata.annotations?.[name] ?? Number.NaN));
  if (!issuedAt || !expiresAt || Number.isNaN(issuedAt.getTime()) || Number.isNaN(expiresAt.getTime())) return false;
  const held = Buffer.from(secret.data[".dockerconfigjson"] ?? "", "base64").toString("utf8");
  return held.includes(JSON.stringify(host)) && !shouldRenew({ issuedAt, expiresAt }, now);
};

export interface PullSecrets {
  /** Makes sure that the tenant's namespace, which is there, has a credential with at least half of its life left. Answers the Secret's name. */
  ensure(tenant: string): Promise<string>;
}

/** One credential per tenant, for pulling what is the tenant's. The one before stays good for the rest of its life: no pull fails while it is replaced. */
export function pullSecrets(parts: PullSecretsParts): PullSecrets {
  return {
    async ensure(tenant) {
      const metadata = { name: pullSecretName, namespace: parts.namespaceOf(tenant) };
      const kept = await parts.client.get<PullSecret>({ apiVersion: "v1", kind: "Secret", metadata });
      if (kept && isFresh(kept, parts.pullFrom, parts.clock.now())) return pullSecretName;
      const minted = await parts.mint(tenant);
      await parts.client.apply<PullSecret>({
        apiVersion: "v1",
        kind: "Secret",
        metadata: {
          ...metadata,
          labels: parts.labelsOf(tenant),
          annotations: { [issued]: minted.issuedAt.toISOString(), [expires]: minted.expiresAt.toISOString() },
        },
        type: "kubernetes.io/dockerconfigjson",
        data: { ".dockerconfigjson": Buffer.from(dockerConfig(parts.pullFrom, minted)).toString("base64") },
      });
      return pullSecretName;
    },
  };
}
