import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeFolder } from "./remove.ts";
import type { KnownHashes } from "./tree-index.ts";

/**
 * What is kept of a component between its builds:
 * `git` and `source` (touched by git alone), `work` (where its own scripts ran), `slug.tar.gz` (with where its pieces lie), `dependencies`, `hashes-*.json`.
 */
export interface CacheFolder {
  readonly root: string;
  /** Of the team: what package managers download. */
  readonly tools: string;
  /** Made for this build alone, because there is no component or another build of it runs. */
  readonly temporary: boolean;
  hashes(name: string): KnownHashes;
  keepHashes(name: string, known: KnownHashes): void;
  /** What `keep` wrote; null when there is none. */
  read<T>(name: string): T | null;
  keep<T>(name: string, value: T): void;
  /** Gives it back, or removes it when it was temporary. */
  close(): void;
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};

/** One build at a time works in a component's folder: the owner's process id is in the lock. */
export const lock = (file: string): boolean => {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // The folder was removed at this moment, to make room.
      if (code === "ENOENT") return false;
      if (code !== "EEXIST") throw error;
    }
    const owner = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
    if (owner > 0 && owner !== process.pid && alive(owner)) return false;
    rmSync(file, { force: true });
  }
  return false;
};

export const openCacheFolder = (cache: string, owner: { tenant: string; component: string | null; id: string }): CacheFolder => {
  const kept = owner.component === null ? null : join(cache, "components", owner.tenant, owner.component);
  if (kept !== null) mkdirSync(kept, { recursive: true, mode: 0o700 });
  const locked = kept !== null && lock(join(kept, "lock"));
  const root = locked ? kept : join(cache, "once", owner.id);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const tools = join(cache, "tools", owner.tenant);
  const file = (name: string): string => join(root, `hashes-${name}.json`);
  const read = <T>(path: string): T | null => {
    if (!existsSync(path)) return null;
    try {
      return JSON.parse(readFileSync(path, "utf8")) as T;
    } catch (error) {
      // Half-written by a crash: as if there were none.
      if (error instanceof SyntaxError) return null;
      throw error;
    }
  };
  return {
    root,
    tools,
    temporary: !locked,
    hashes: (name) => new Map(read<[string, { stamp: string; sha256: string }][]>(file(name)) ?? []),
    read: <T>(name: string) => read<T>(join(root, `${name}.json`)),
    keep: (name, value) => writeFileSync(join(root, `${name}.json`), JSON.stringify(value)),
    keepHashes: (name, known) => writeFileSync(file(name), JSON.stringify([...known])),
    close: () => {
      if (existsSync(tools)) utimesSync(tools, new Date(), new Date());
      if (!locked) return removeFolder(root);
      utimesSync(root, new Date(), new Date());
      rmSync(join(root, "lock"), { force: true });
    },
  };
};
