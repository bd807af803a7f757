import type { ImageRegistry } from "../../../ports/image-registry.ts";
import { imageName, missingTag, repositoryOf } from "../../image-rules.ts";
import type { Registry } from "./registry.ts";

export interface OciImagesParts {
  readonly registry: Registry;
  /** In front of every repository: `` or `pluvia/`. */
  readonly prefix: string;
  readonly mint: ImageRegistry["credentials"];
}

/** Repositories of a registry that speaks the OCI protocol; they come to be with their first push. */
export function ociImages({ registry, prefix, mint }: OciImagesParts): ImageRegistry {
  const placeOf = (tenant: string, repository: string): string => prefix + repositoryOf(tenant, imageName(tenant, repository));
  return {
    ensureRepository: async (tenant, name) => ({ repository: repositoryOf(tenant, name) }),
    credentials: async (tenant, repository, access) => {
      imageName(tenant, repository);
      return mint(tenant, repository, access);
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
