import type { ImageRegistry } from "../../../ports/image-registry.ts";
import { imageName, repositoryOf } from "../../image-rules.ts";
import type { Registry } from "./registry.ts";
import type { RegistryTokens } from "./token-service.ts";

/** One push of a large image over a slow line. */
const pushSeconds = 3_600;
/** Nodes pull with it for at least half of it, though nobody is there to renew it. */
const pullSeconds = 24 * 3_600;

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
    pushCredential: async (tenant, repository) => {
      imageName(tenant, repository);
      return tokens.mint({ kind: "push", tenant, repository }, pushSeconds);
    },
    pullCredential: (tenant) => tokens.mint({ kind: "pull", tenant }, pullSeconds),
    resolve: async (tenant, repository, tag) => registry.resolve(placeOf(tenant, repository), tag),
    remove: async (tenant, repository) => {
      const place = placeOf(tenant, repository);
      for (const tag of await registry.tags(place)) {
        const digest = await registry.resolve(place, tag);
        if (digest !== undefined) await registry.removeManifest(place, digest);
      }
    },
  };
}
