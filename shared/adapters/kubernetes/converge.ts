import { createHash } from "node:crypto";
import type { Clock } from "../../ports/clock.ts";
import { applyObject } from "./apply-object.ts";
import type { Client } from "./client.ts";
import type { KubernetesObject } from "./object.ts";
import { titleOf } from "./belongings.ts";

/** Looks at what is there and carries our labels, without asking the cluster; undefined where that kind is not watched. */
export interface Seen {
  of(manifest: KubernetesObject): KubernetesObject | null | undefined;
  /** Resolves when this state of the object, or a newer one, is seen. */
  caughtUp(object: KubernetesObject): Promise<void>;
}

interface Done {
  readonly hash: string;
  /** After it was applied; a later one is somebody else's change. */
  readonly version: string | number | undefined;
  readonly at: number;
}
/** Of its spec where it has such a number; else of all of it. */
const versionOf = ({ metadata }: KubernetesObject): Done["version"] => metadata.generation ?? metadata.resourceVersion;

/** Objects that are not watched are put right at least this often. */
const resyncMs = 5 * 60_000;

const hashOf = (manifest: KubernetesObject): string => createHash("sha256").update(JSON.stringify(manifest)).digest("base64");
const hasLabels = (there: KubernetesObject, wanted: KubernetesObject): boolean =>
  Object.entries(wanted.metadata.labels ?? {}).every(([name, value]) => there.metadata.labels?.[name] === value);

/**
 * Makes objects as they should be, in order, and keeps them so. What is known to be right already is not sent again, so that a look at a component
 * where nothing is to be done costs the cluster nothing.
 */
export function converger(client: Client, seen: Seen, clock: Clock) {
  const now = (): number => clock.now().getTime();
  const done = new Map<string, Done>();
  /** The state that was swept last, and when. */
  let swept = { state: "", at: 0 };

  function isRight(manifest: KubernetesObject, hash: string): boolean {
    const before = done.get(titleOf(manifest));
    if (before?.hash !== hash) return false;
    const there = seen.of(manifest);
    if (there === undefined) return now() - before.at < resyncMs;
    return there !== null && versionOf(there) === before.version && hasLabels(there, manifest);
  }

  return {
    async converge(manifests: readonly KubernetesObject[]): Promise<void> {
      const changed: KubernetesObject[] = [];
      for (const manifest of manifests) {
        const hash = hashOf(manifest);
        if (isRight(manifest, hash)) continue;
        const made = await applyObject(client, clock, manifest, seen.of(manifest));
        done.set(titleOf(manifest), { hash, version: versionOf(made), at: now() });
        changed.push(made);
      }
      await Promise.all(changed.map(seen.caughtUp));
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
