import { sha256 } from "../../base/digest.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ImageCredential, ImageRegistry } from "../../ports/image-registry.ts";
import { imageName, repositoryOf } from "../image-rules.ts";

export interface MemoryImages extends ImageRegistry {
  /** Pushes an image of this content, as an agent does; answers its digest. */
  push(repository: string, tag: string, content: string): Promise<string>;
}

const hourMs = 3_600_000;

export function memoryImages({ clock }: { clock: Clock }): MemoryImages {
  const tags = new Map<string, string>();
  const credential = (username: string, password: string): ImageCredential => {
    const issuedAt = clock.now();
    return { username, password, issuedAt, expiresAt: new Date(issuedAt.getTime() + hourMs) };
  };
  return {
    ensureRepository: async (tenant, name) => ({ repository: repositoryOf(tenant, name) }),
    pushCredential: async (tenant, repository) => credential("push", `push:${tenant}/${imageName(tenant, repository)}`),
    pullCredential: async (tenant) => credential("pull", `pull:${tenant}`),
    resolve: async (tenant, repository, tag) => tags.get(`${tenant}/${imageName(tenant, repository)}:${tag}`),
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
