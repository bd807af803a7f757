import { type ImageMakerParts, imageMaker } from "../shared/adapters/http/oci/image-of.ts";
import { ociRegistry } from "../shared/adapters/http/oci/registry.ts";
import {
  answerRealm,
  certificatePath,
  ours,
  realmPath,
  type RegistryTokens,
  registryTokens,
} from "../shared/adapters/http/oci/token-service.ts";
import { jwtTokens } from "../shared/adapters/jwt-tokens.ts";
import type { Client } from "../shared/adapters/kubernetes/client.ts";
import { type PullSecrets, pullSecrets } from "../shared/adapters/kubernetes/pull-secrets.ts";
import { namespaceFor, tenantLabels } from "../shared/adapters/kubernetes/render/names.ts";
import type { Artifacts } from "../shared/adapters/local/cluster/trees.ts";
import type { ComponentId, DataCenterId, TenantId } from "../shared/contract/id.ts";
import { architectureOf } from "../shared/domain/image/architecture.ts";
import { apiHostOf } from "../shared/domain/image/reference.ts";
import type { RunnerImages } from "../shared/domain/image/runner.ts";
import type { Clock } from "../shared/ports/clock.ts";
import type { ImageOf } from "../shared/ports/image-of.ts";
import type { Gateway } from "./gateway/gateway.ts";
import { remembered } from "./runtime/remembered.ts";
import type { SharedKeys } from "./runtime/shared-keys.ts";
import type { RegistrySettings } from "./settings.ts";

export interface ImageStoreParts extends ImageStorePlace {
  readonly registry: RegistrySettings;
  /** Of the gateway, where the registry may send us to. */
  readonly publicUrl: string;
  readonly runners: RunnerImages;
  readonly keys: SharedKeys;
  readonly artifacts: Artifacts;
}
export interface ImageStore {
  readonly imageOf: ImageOf;
  /** Renews what nodes pull the tenant's images with, where they do; `component`: one of the tenant's that is wanted here. */
  readonly renew: (of: { readonly tenant: TenantId; readonly component: ComponentId }) => Promise<void>;
  /** The registry asks here who may do what; nodes come here with their credential before they pull. */
  readonly answerAt: (gateway: Pick<Gateway, "answer">) => void;
}

export interface ImageStorePlace {
  readonly client: Client;
  readonly clock: Clock;
  readonly dataCenter: DataCenterId;
}

/** Nodes pull with it for at least half of it, though no agent is there to renew it. */
const pullSeconds = 24 * 3_600;
/** For the one exchange it is asked for. */
const agentSeconds = 300;
/** How long an image is taken to be where it was put, before the registry is asked again. */
const imageMs = 30 * 60_000;

export const architecture = architectureOf(process.arch);

export const pullSecretsFor = ({ client, clock, dataCenter }: ImageStorePlace): PullSecrets =>
  pullSecrets({
    client,
    clock,
    namespaceOf: (tenant) => namespaceFor(tenant as TenantId),
    labelsOf: (tenant) => tenantLabels(tenant as TenantId, dataCenter),
  });

/** The data center's own registry: what is built from source is made an image there. */
export function imageStore(parts: ImageStoreParts): ImageStore {
  const { clock, keys } = parts;
  const tokens = registryTokens({
    tokens: jwtTokens({ jwk: keys.credentials, clock }),
    key: keys.registry,
    ...ours,
    prefix: "",
    clock,
  });
  const secrets = pullSecretsFor(parts);
  const { credential, pullFrom } = parts.registry;
  /** The operator's own registry knows no teams: there nodes pull with what the operator gave, which no tenant sees. */
  const minting = (tenant: string) => async () => ({
    ...(await tokens.mint({ kind: "pull", tenant }, pullSeconds)),
    ...credential,
    pullFrom,
  });
  return {
    imageOf: remembered(
      makerOf(parts, tokens, (tenant) => secrets.ensure(tenant, pullFrom, minting(tenant))),
      {
        keyOf: ({ component, release, configuration }) => `${component} ${release} ${configuration.command}`,
        forMs: imageMs,
        clock,
      },
    ),
    renew: ({ tenant }) => secrets.renew(tenant, minting(tenant)),
    answerAt: (gateway) => answer(gateway, tokens, keys.registry.certificate),
  };
}

/** Any registry of the Internet. */
export const source = (name: string) => ociRegistry({ url: `https://${apiHostOf(name)}`, allowed: [] });

function makerOf(parts: ImageStoreParts, tokens: RegistryTokens, pullSecret: ImageMakerParts["pullSecret"]): ImageOf {
  const { url, pullFrom, credential } = parts.registry;
  const registry = ociRegistry({
    url,
    // The operator has named them, wherever they are.
    allowed: [url, parts.publicUrl].map((each) => new URL(each).hostname),
    credential: async () => credential ?? tokens.mint({ kind: "agent" }, agentSeconds),
  });
  return imageMaker({
    registry,
    pullFrom,
    prefix: "",
    artifacts: parts.artifacts,
    runners: parts.runners,
    architecture,
    source,
    ...(pullSecret && { pullSecret }),
  });
}

function answer(gateway: Pick<Gateway, "answer">, tokens: RegistryTokens, certificate: string): void {
  gateway.answer(realmPath, async ({ url = "/", headers: { authorization } }, response) => {
    const { status, body } = await answerRealm(tokens, { url, authorization });
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  gateway.answer(certificatePath, async (_, response) => {
    response.writeHead(200, { "content-type": "application/x-pem-file" }).end(certificate);
  });
}
