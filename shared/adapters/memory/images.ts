import { sha256 } from "../../base/digest.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ImageRegistry } from "../../ports/image-registry.ts";
import { imageName, missingTag, repositoryOf } from "../image-rules.ts";

export interface MemoryImages extends ImageRegistry {
  /** Pushes an image of this content, as a builder does; answers its digest. */
  push(repository: string, tag: string, content: string): Promise<string>;
}

export function memoryImages({ clock }: { clock: Clock }): MemoryImages {
  const tags = new Map<string, string>();
  return {
    ensureRepository: async (tenant, name) => ({ repository: repositoryOf(tenant, name) }),
    credentials: async (tenant, repository, access) => {
      imageName(tenant, repository);
      return { username: access, password: `${access}:${repository}`, expiresAt: new Date(clock.now().getTime() + 3_600_000) };
    },
    resolve: async (tenant, repository, tag) => {
      imageName(tenant, repository);
      const digest = tags.get(`${repository}:${tag}`);
      if (digest === undefined) throw missingTag(repository, tag);
      return digest;
    },
    remove: async (tenant, repository) => {
      imageName(tenant, repository);
      for (const name of tags.keys()) if (name.startsWith(`${repository}:`)) tags.delete(name);
    },
    push: async (repository, tag, content) => {
      const digest = `sha256:${await sha256(content)}`;
      tags.set(`${repository}:${tag}`, digest);
      return digest;
    },
  };
}
