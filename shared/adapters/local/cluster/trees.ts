import { existsSync, readdirSync, statSync, utimesSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { unpackSlug } from "./slug.ts";

/** Where slugs come from. @throws Fault `not_found`, `unavailable`. */
export interface Artifacts {
  fetch(tenant: string, digest: string): Promise<Readable>;
}

/** Slugs unpacked, each once per tenant, never written again: instances copy or link from them. */
export interface Trees {
  /** The directory of the unpacked slug. */
  get(tenant: string, digest: string): Promise<string>;
  /** Where it is, or would be. */
  path(tenant: string, digest: string): string;
  /** Removes what no instance used for a day and `isUsed` does not name. */
  prune(isUsed: (tenant: string, digest: string) => boolean): Promise<void>;
}

const unusedMs = 24 * 60 * 60_000;

export function slugTrees(home: string, artifacts: Artifacts): Trees {
  const root = join(home, "trees");
  const underway = new Map<string, Promise<string>>();
  const make = async (tenant: string, digest: string, directory: string): Promise<string> => {
    await unpackSlug(await artifacts.fetch(tenant, digest), digest, directory);
    return directory;
  };
  const list = (path: string): string[] => (existsSync(path) ? readdirSync(path) : []);
  const path = (tenant: string, digest: string): string => join(root, tenant, digest.replace("sha256:", ""));
  return {
    path,
    async get(tenant, digest) {
      const directory = path(tenant, digest);
      if (existsSync(directory)) {
        utimesSync(directory, new Date(), new Date());
        return directory;
      }
      const running = underway.get(directory) ?? make(tenant, digest, directory).finally(() => underway.delete(directory));
      underway.set(directory, running);
      return running;
    },
    async prune(isUsed) {
      for (const tenant of list(root)) {
        for (const name of list(join(root, tenant))) {
          const path = join(root, tenant, name);
          // A half unpacked one (a dot in its name) belongs to a life of ours that has ended, unless it is being made.
          const isOld = statSync(path).mtimeMs < Date.now() - unusedMs;
          if (isOld && !isUsed(tenant, `sha256:${name}`)) await rm(path, { recursive: true, force: true });
        }
      }
    },
  };
}
