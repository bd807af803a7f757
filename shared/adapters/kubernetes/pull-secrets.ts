import { shouldRenew } from "../../domain/image/registry-access.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Client } from "./client.ts";
import type { KubernetesObject } from "./object.ts";

export interface PullSecretsParts {
  readonly client: Pick<Client, "get" | "apply">;
  readonly clock: Clock;
  readonly namespaceOf: (tenant: string) => string;
  readonly labelsOf: (tenant: string) => Readonly<Record<string, string>>;
}

/** `pullFrom`: what nodes call the registry that it is for. */
interface Minted {
  readonly username: string;
  readonly password: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly pullFrom: string;
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

const isFresh = (secret: PullSecret, now: Date): boolean => {
  const [issuedAt, expiresAt] = [issued, expires].map((name) => new Date(secret.metadata.annotations?.[name] ?? Number.NaN));
  if (!issuedAt || !expiresAt || Number.isNaN(issuedAt.getTime()) || Number.isNaN(expiresAt.getTime())) return false;
  return !shouldRenew({ issuedAt, expiresAt }, now);
};
const isFor = (secret: PullSecret, host: string): boolean => {
  const held = Buffer.from(secret.data[".dockerconfigjson"] ?? "", "base64").toString("utf8");
  return held.includes(JSON.stringify(host));
};

export interface PullSecrets {
  /** Makes sure that the tenant's namespace, which is there, has a credential for this registry with at least half of its life left. Answers the Secret's name. */
  ensure(tenant: string, pullFrom: string, mint: () => Promise<Minted>): Promise<string>;
  /** The same where there is one, or was made by us: nothing of a tenant that pulls nothing by it. `mint` answers null where it is not to be had any more. */
  renew(tenant: string, mint: () => Promise<Minted | null>): Promise<void>;
}

/** One credential per tenant, for pulling what is the tenant's. The one before stays good for the rest of its life: no pull fails while it is replaced. */
export function pullSecrets({ client, clock, namespaceOf, labelsOf }: PullSecretsParts): PullSecrets {
  const nameOf = (tenant: string) => ({ name: pullSecretName, namespace: namespaceOf(tenant) });
  const kept = (tenant: string) => client.get<PullSecret>({ apiVersion: "v1", kind: "Secret", metadata: nameOf(tenant) });
  const write = (tenant: string, minted: Minted) =>
    client.apply<PullSecret>({
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        ...nameOf(tenant),
        labels: labelsOf(tenant),
        annotations: { [issued]: minted.issuedAt.toISOString(), [expires]: minted.expiresAt.toISOString() },
      },
      type: "kubernetes.io/dockerconfigjson",
      data: { ".dockerconfigjson": Buffer.from(dockerConfig(minted.pullFrom, minted)).toString("base64") },
    });
  /** Somebody may have removed it since, with the whole namespace even; who asked for it is not asked again for days. */
  const made = new Set<string>();
  return {
    async ensure(tenant, pullFrom, mint) {
      made.add(tenant);
      const before = await kept(tenant);
      if (!before || !isFor(before, pullFrom) || !isFresh(before, clock.now())) await write(tenant, await mint());
      return pullSecretName;
    },
    async renew(tenant, mint) {
      const before = await kept(tenant);
      if (before ? isFresh(before, clock.now()) : !made.has(tenant)) return;
      const minted = await mint();
      if (minted) await write(tenant, minted);
    },
  };
}
