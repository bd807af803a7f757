import type { ImageRegistry } from "../../../ports/image-registry.ts";
import { imageName, missingTag, repositoryOf } from "../../image-rules.ts";
import type { Registry } from "./registry.ts";
import type { RegistryTokens } from "./token-service.ts";

/** A build with its push, or a pull with its retries. */
const credentialSeconds = 3_600;

export interface OciImagesParts {
  readonly registry: Registry;
  /** In front of every repository: `` or `pluvia/`. */
  readonly prefix: string;
  readonly tokens: Pick<RegistryTokens, "mint">;
}

/** Repositories of a registry that speaks the OCI protocol; they come to be with their first push. */
export function ociImages({ registry, prefix, tokens }: OciImagesParts): ImageRegistry {
  const placeOf = (tenant: string, repository: string): string => prefix + repositoryOf(tenant, imageName(tenant, repository));
  return {
    ensureRepository: async (tenant, name) => ({ repository: repositoryOf(tenant, name) }),
    credentials: async (tenant, repository, access) => {
      imageName(tenant, repository);
      const subject = access === "pull" ? ({ kind: "pull", tenant } as const) : ({ kind: "push", tenant, repository } as const);
      return tokens.mint(subject, credentialSeconds);
    },
    resolve: async (tenant, repository, tag) => {
      const digest = await registry.resolve(placeOf(tenant, repository), tag);
      if (digest === undefined) throw missingTag(repository, tag);
      return digest;
    },
    remove: async (tenant, repository) => {
      const place = placeOf(tenant, repository);
      for (const tag of await registry.tags(place)) {
        const digest = await registry.resolve(place, tag);
        if (digest !== undefined) await registry.removeManifest(place, digest);
      }
    },
  };
}
