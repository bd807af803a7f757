import { createHash } from "node:crypto";
import { isFault } from "../../base/fault.ts";
import type { Client } from "./client.ts";
import type { KubernetesObject } from "./object.ts";
import { titleOf } from "./belongings.ts";

/** Looks at what is there without asking the cluster; undefined where that kind is not watched. */
export type Seen = (manifest: KubernetesObject) => KubernetesObject | null | undefined;

interface Done {
  readonly hash: string;
  /** Of the object's spec after it was applied; a later one is somebody else's change. */
  readonly generation: number | undefined;
  readonly at: number;
}

/** Objects that are not watched are put right at least this often. */
const resyncMs = 5 * 60_000;

const hashOf = (manifest: KubernetesObject): string => createHash("sha256").update(JSON.stringify(manifest)).digest("base64");
const hasLabels = (there: KubernetesObject, wanted: KubernetesObject): boolean =>
  Object.entries(wanted.metadata.labels ?? {}).every(([name, value]) => there.metadata.labels?.[name] === value);

/**
 * Makes objects as they should be, in order, and keeps them so. What is known to be right already is not sent again, so that a look at a component
 * where nothing is to be done costs the cluster nothing.
 */
export function converger(client: Client, seen: Seen, now: () => number) {
  const done = new Map<string, Done>();
  /** The state that was swept last, and when. */
  let swept = { state: "", at: 0 };

  function isRight(manifest: KubernetesObject, hash: string): boolean {
    const before = done.get(titleOf(manifest));
    if (before?.hash !== hash) return false;
    const there = seen(manifest);
    if (there === undefined) return now() - before.at < resyncMs;
    return there !== null && there.metadata.generation === before.generation && hasLabels(there, manifest);
  }

  async function put(manifest: KubernetesObject): Promise<KubernetesObject> {
    try {
      return await client.apply(manifest);
    } catch (error) {
      // Much of a stateful set cannot be changed. Its pods and volumes stay, and belong to the next one of the same name.
      if (manifest.kind !== "StatefulSet" || !isFault(error, "invalid")) throw error;
      await client.remove(manifest, { propagation: "Orphan" });
      return client.apply(manifest);
    }
  }

  return {
    /** Answers what it had to change. */
    async converge(manifests: readonly KubernetesObject[]): Promise<string[]> {
      const changed: string[] = [];
      for (const manifest of manifests) {
        const hash = hashOf(manifest);
        if (isRight(manifest, hash)) continue;
        // A job is made once: nothing of it can be changed, and another run has another name.
        if (manifest.kind === "Job" && seen(manifest)) continue;
        const made = await put(manifest);
        done.set(titleOf(manifest), { hash, generation: made.metadata.generation, at: now() });
        changed.push(titleOf(manifest));
      }
      return changed;
    },
    /** Whether nothing superseded can be there: it was looked for in this very state, not long ago. */
    isSwept: (state: string): boolean => swept.state === state && now() - swept.at < resyncMs,
    swept: (state: string): void => {
      swept = { state, at: now() };
    },
    /** They are gone, or may be. */
    forget(objects: readonly KubernetesObject[]): void {
      for (const object of objects) done.delete(titleOf(object));
    },
  };
}
export type Converger = ReturnType<typeof converger>;
