import { createHmac } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import { Fault } from "../../base/fault.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ImageRegistry } from "../../ports/image-registry.ts";
import { imageName, missingTag, repositoryOf } from "../image-rules.ts";

const credentialMs = 3_600_000;

/** The part of an OCI image index that names tags. Source: opencontainers/image-spec, image-layout.md. */
const Index = z.looseObject({
  manifests: z.array(z.looseObject({ digest: z.string(), annotations: z.record(z.string(), z.string()).optional() })),
});
const tagAnnotation = "org.opencontainers.image.ref.name";

/** One OCI image layout per repository: <directory>/<tenant>/<name>/{oci-layout, index.json, blobs/}. Builders and agents of this machine read and write it as files. */
export function localImages({ directory, key, clock }: { directory: string; key: string; clock: Clock }): ImageRegistry {
  const layoutOf = (tenant: string, repository: string) => path.join(directory, tenant, imageName(tenant, repository));
  return {
    ensureRepository: async (tenant, name) => {
      const repository = repositoryOf(tenant, name);
      const layout = layoutOf(tenant, repository);
      await mkdir(path.join(layout, "blobs/sha256"), { recursive: true, mode: 0o700 });
      await writeNew(path.join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
      await writeNew(path.join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [] }));
      return { repository };
    },
    credentials: async (tenant, repository, access) => {
      imageName(tenant, repository);
      const expiresAt = new Date(clock.now().getTime() + credentialMs);
      const claim = `${access}:${repository}:${expiresAt.getTime()}`;
      return { username: access, password: `${claim}:${createHmac("sha256", key).update(claim).digest("base64url")}`, expiresAt };
    },
    resolve: async (tenant, repository, tag) => {
      const index = await readIndex(path.join(layoutOf(tenant, repository), "index.json"));
      const found = index?.manifests.findLast((manifest) => manifest.annotations?.[tagAnnotation] === tag);
      if (!found) throw missingTag(repository, tag);
      return found.digest;
    },
    remove: async (tenant, repository) => rm(layoutOf(tenant, repository), { recursive: true, force: true }),
  };
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

async function readIndex(file: string): Promise<z.infer<typeof Index> | undefined> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const parsed = Index.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new Fault("internal", "An image repository has an index we do not know.", { cause: parsed.error, detail: { file } });
  return parsed.data;
}
