import { imageMaker } from "../shared/adapters/http/oci/image-of.ts";
import { ociRegistry } from "../shared/adapters/http/oci/registry.ts";
import { type TagPinParts, tagPin } from "../shared/adapters/http/oci/tag-pin.ts";
import { answerRealm, type RegistryTokens, registryTokens } from "../shared/adapters/http/oci/token-service.ts";
import { jwtTokens } from "../shared/adapters/jwt-tokens.ts";
import type { Client } from "../shared/adapters/kubernetes/client.ts";
import { type PullSecretsParts, pullSecrets } from "../shared/adapters/kubernetes/pull-secrets.ts";
import { namespaceFor, tenantLabels } from "../shared/adapters/kubernetes/render/names.ts";
import { argvOf } from "../shared/adapters/local/cluster/command.ts";
import type { Artifacts } from "../shared/adapters/local/cluster/trees.ts";
import { Fault } from "../shared/base/fault.ts";
import type { DataCenterId, TenantId } from "../shared/contract/id.ts";
import { apiHostOf } from "../shared/domain/image/reference.ts";
import type { RunnerImages } from "../shared/domain/image/runner.ts";
import type { Clock } from "../shared/ports/clock.ts";
import type { ImageOf } from "../shared/ports/image-of.ts";
import type { Gateway } from "./gateway/gateway.ts";
import { remembered } from "./runtime/remembered.ts";
import type { SharedKeys } from "./runtime/shared-keys.ts";
import type { RegistrySettings } from "./settings.ts";

export interface ImageStoreParts {
  readonly client: Client;
  readonly clock: Clock;
  readonly dataCenter: DataCenterId;
  readonly registry: RegistrySettings;
  /** Of the gateway, where the registry may send us to. */
  readonly publicUrl: string;
  readonly runners: RunnerImages;
  readonly keys: SharedKeys;
  readonly artifacts: Artifacts;
}
export interface ImageStore {
  readonly imageOf: ImageOf;
  /** Makes sure that nodes may pull the tenant's images; the Secret's name. */
  readonly pullSecret: (tenant: string) => Promise<string>;
  /** The registry asks here who may do what; nodes come here with their credential before they pull. */
  readonly answerAt: (gateway: Pick<Gateway, "answer">) => void;
}

/** Where the registry's settings point to as `auth.token.realm`, and where its `rootcertbundle` can be got. */
const realmPath = "/-/registry/token";
const certificatePath = "/-/registry/certificate";
const [issuer, service] = ["pluvia", "pluvia-registry"];
/** Nodes pull with it for at least half of it, though no agent is there to renew it. */
const pullSeconds = 24 * 3_600;
/** For the one exchange it is asked for. */
const agentSeconds = 300;
/** How long an image is taken to be where it was put, before the registry is asked again. */
const imageMs = 30 * 60_000;

/** Go's word for the machines that Node calls so. */
const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** The data center's own registry: what is built from source is made an image there. */
export function imageStore(parts: ImageStoreParts): ImageStore {
  const { client, clock, dataCenter, keys } = parts;
  const tokens = registryTokens({
    tokens: jwtTokens({ jwk: keys.credentials, clock }),
    key: keys.registry,
    issuer,
    service,
    prefix: "",
    clock,
  });
  const secrets = pullSecrets({
    client,
    clock,
    pullFrom: parts.registry.pullFrom,
    mint: minting(parts.registry, tokens),
    namespaceOf: (tenant) => namespaceFor(tenant as TenantId),
    labelsOf: (tenant) => tenantLabels(tenant as TenantId, dataCenter),
  });
  return {
    imageOf: remembered(makerOf(parts, tokens, secrets.ensure), {
      keyOf: ({ component, release, configuration }) => `${component} ${release} ${configuration.command}`,
      forMs: imageMs,
      clock,
    }),
    pullSecret: secrets.ensure,
    answerAt: (gateway) => answer(gateway, tokens, keys.registry.certificate),
  };
}

/** The operator's own registry knows no teams: there nodes pull with what the operator gave, which no tenant sees. */
const minting =
  ({ credential }: RegistrySettings, tokens: RegistryTokens): PullSecretsParts["mint"] =>
  async (tenant) => ({ ...(await tokens.mint({ kind: "pull", tenant }, pullSeconds)), ...credential });

/** Any registry of the Internet. */
const source = (name: string) => ociRegistry({ url: `https://${apiHostOf(name)}`, allowed: [] });

function makerOf(parts: ImageStoreParts, tokens: RegistryTokens, pullSecret: ImageStore["pullSecret"]): ImageOf {
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
    architecture: architectures[process.arch] ?? process.arch,
    source,
    pullSecret,
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

/** Without a registry to keep it in, the component's record keeps what a tag meant. */
export const pinning = (parts: Omit<TagPinParts, "source">): ((reference: string) => Promise<string>) =>
  tagPin({ ...parts, source });

/** Without a registry only images run that have one already; nodes pull them as they are named. */
export const withoutRegistry: ImageOf = async ({ artifact, configuration }) => {
  if (artifact.kind === "slug" || artifact.archive)
    throw new Fault("invalid", "This data center has no registry, so what is built from source cannot run here.", {
      next: "Ask its operator to set the values of the agents' chart that begin with registry.",
      reason: "registry.none",
      detail: { signal: "artifact.unavailable" },
    });
  const { reference, variables } = artifact;
  return {
    reference,
    command: configuration.command === null ? [] : argvOf(configuration.command),
    variables,
    // The record has them by content already, as far as anybody could tell.
    attachments: {},
  };
};
