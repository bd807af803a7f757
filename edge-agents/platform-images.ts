import { type BuiltImageParts, imageFor, runnable } from "../shared/adapters/http/oci/built-image.ts";
import { ociRegistry } from "../shared/adapters/http/oci/registry.ts";
import type { PullSecrets } from "../shared/adapters/kubernetes/pull-secrets.ts";
import { Fault } from "../shared/base/fault.ts";
import type { ImagePlace, Workload } from "../shared/contract/agent.ts";
import { pinned } from "../shared/domain/image/reference.ts";
import type { Clock } from "../shared/ports/clock.ts";
import type { ImageOf } from "../shared/ports/image-of.ts";
import type { ImageStore } from "./image-store.ts";
import type { Cloud } from "./runtime/cloud.ts";
import { remembered } from "./runtime/remembered.ts";

export interface PlatformImagesParts extends BuiltImageParts {
  readonly api: Pick<Cloud, "image" | "pullCredential">;
  /** Where the registry may send us to, to ask who may do what. */
  readonly cloudUrl: string;
  readonly secrets: PullSecrets;
  readonly clock: Clock;
}

/** What a tag of ours means never changes: it is asked for once in the life of most releases, and a data center at rest asks for nothing. */
const imageMs = 7 * 24 * 3_600_000;

type Of = Pick<Workload, "tenant" | "component">;

/** Without a registry of its own, a data center keeps images of what is built in the platform's; all others run as they are named. */
export function platformImages(parts: PlatformImagesParts): ImageStore {
  const { api, secrets, clock } = parts;
  const mint = async ({ tenant, component }: Of) => {
    const { credential } = await api.pullCredential({ tenant, component });
    if (credential === null) return null;
    const [issuedAt, expiresAt] = [new Date(credential.issuedAt), new Date(credential.expiresAt)];
    return { ...credential, issuedAt, expiresAt };
  };
  const imageOf: ImageOf = async (workload) => {
    const image = imageFor(parts, workload);
    // The record has it by content already, as far as anybody could tell.
    if ("reference" in image) return runnable(workload, image.reference);
    const { tenant, component } = workload;
    const { place } = await api.image({ tenant, component, tag: image.tag });
    if (place === null) throw noRegistry();
    const { pullFrom, repository } = place;
    const registry = registryAt(place, parts.cloudUrl);
    const digest = place.digest ?? (await image.push({ registry, repository, pullFrom, shelf: null }));
    const pullSecret = await secrets.ensure(tenant, pullFrom, async () => (await mint(workload)) ?? fail(noRegistry()));
    return { ...runnable(workload, pinned({ registry: pullFrom, repository }, digest)), pullSecret };
  };
  return {
    imageOf: remembered(imageOf, {
      keyOf: ({ component, release, configuration }) => `${component} ${release} ${configuration.command}`,
      forMs: imageMs,
      clock,
    }),
    renew: (of) => secrets.renew(of.tenant, () => mint(of)),
    answerAt: () => {},
  };
}

const registryAt = ({ url, credential }: ImagePlace, cloudUrl: string) =>
  ociRegistry({
    url,
    // The platform has named it, wherever it is.
    allowed: [url, cloudUrl].map((each) => new URL(each).hostname),
    ...(credential && { credential: async () => ({ ...credential, expiresAt: new Date(credential.expiresAt) }) }),
  });

const noRegistry = (): Fault =>
  new Fault(
    "invalid",
    "Neither this data center nor the platform has a registry, so what is built from source cannot run here.",
    {
      next: "Ask the data center's operator to set the values of the agents' chart that begin with registry, or the platform's to give it a registry (PLUVIA_REGISTRY).",
      reason: "registry.none",
      detail: { signal: "artifact.unavailable" },
    },
  );
const fail = (fault: Fault): never => {
  throw fault;
};
