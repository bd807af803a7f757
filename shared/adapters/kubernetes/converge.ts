import { createHash } from "node:crypto";
import type { Clock } from "../../ports/clock.ts";
import { applyObject } from "./apply-object.ts";
import type { Client } from "./client.ts";
import type { KubernetesObject } from "./object.ts";
import { titleOf } from "./belongings.ts";
import type { TenantView } from "./tenant-view.ts";

interface Done {
  readonly hash: string;
  /** After it was applied; a later one is somebody else's change. */
  readonly version: string | number | undefined;
}
/** Of its spec where it has such a number; else of all of it. */
const versionOf = ({ metadata }: KubernetesObject): Done["version"] => metadata.generation ?? metadata.resourceVersion;

const hashOf = (manifest: KubernetesObject): string => createHash("sha256").update(JSON.stringify(manifest)).digest("base64");
const hasLabels = (there: KubernetesObject, wanted: KubernetesObject): boolean =>
  Object.entries(wanted.metadata.labels ?? {}).every(([name, value]) => there.metadata.labels?.[name] === value);

/**
 * Makes objects as they should be, in order, and keeps them so. What is known to be right already is not sent again, so that a look at a component
 * where nothing is to be done costs the cluster nothing.
 */
export function converger(client: Client, view: Pick<TenantView, "cacheOf">, clock: Clock) {
  const done = new Map<string, Done>();

  function isRight(manifest: KubernetesObject, hash: string): boolean {
    const before = done.get(titleOf(manifest));
    if (before?.hash !== hash) return false;
    const there = view.cacheOf(manifest.kind)?.get(manifest.metadata.name);
    return there !== undefined && versionOf(there) === before.version && hasLabels(there, manifest);
  }

  return {
    async converge(manifests: readonly KubernetesObject[]): Promise<void> {
      for (const manifest of manifests) {
        const hash = hashOf(manifest);
        if (isRight(manifest, hash)) continue;
        const cache = view.cacheOf(manifest.kind);
        const made = await applyObject(client, clock, manifest, cache?.get(manifest.metadata.name));
        done.set(titleOf(manifest), { hash, version: versionOf(made) });
        cache?.learn(made);
      }
    },
    /** They are gone, or may be. */
    forget(objects: readonly KubernetesObject[]): void {
      for (const object of objects) done.delete(titleOf(object));
    },
  };
}
export type Converger = ReturnType<typeof converger>;
