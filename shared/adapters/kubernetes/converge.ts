import type { Clock } from "../../ports/clock.ts";
import { applyObject } from "./apply-object.ts";
import type { Client } from "./client.ts";
import type { KubernetesObject } from "./object.ts";
import { hashOf } from "./render/manifest.ts";
import type { TenantView } from "./tenant-view.ts";

/** Of its spec where it has such a number; else of all of it. After it was applied; a later one is somebody else's change. */
const versionOf = ({ metadata }: KubernetesObject): string | number | undefined =>
  metadata.generation ?? metadata.resourceVersion;
/** What was applied, and what became of it. */
const markOf = (manifest: KubernetesObject, there: KubernetesObject): string => `${hashOf(manifest)}:${versionOf(there)}`;

const hasLabels = (there: KubernetesObject, wanted: KubernetesObject): boolean =>
  Object.entries(wanted.metadata.labels ?? {}).every(([name, value]) => there.metadata.labels?.[name] === value);

/**
 * Makes objects as they should be, in order, and keeps them so. What is known to be right already is not sent again, so that a look at a component
 * where nothing is to be done costs the cluster nothing; nor does the first look of another agent, which finds the marks in the component's record.
 */
export function converger(client: Client, view: Pick<TenantView, "cacheOf">, clock: Clock) {
  /** Of what was applied since the record was kept. */
  let marks: readonly string[] = [];
  let isKept = true;

  return {
    /** `kept`: the marks in the record. */
    async converge(manifests: readonly KubernetesObject[], kept: readonly string[]): Promise<void> {
      const isRight = (manifest: KubernetesObject, there: KubernetesObject): boolean => {
        if (!hasLabels(there, manifest)) return false;
        const mark = markOf(manifest, there);
        return marks.includes(mark) || kept.includes(mark);
      };
      const now: string[] = [];
      try {
        for (const manifest of manifests) {
          const cache = view.cacheOf(manifest.kind);
          const there = cache?.get(manifest.metadata.name);
          const made = there && isRight(manifest, there) ? there : await applyObject(client, clock, manifest, there);
          now.push(markOf(manifest, made));
          if (made !== there) cache?.learn(made);
        }
      } finally {
        isKept = now.every((mark) => kept.includes(mark));
        marks = isKept ? kept : now;
      }
    },
    /** Of all that was right at the end of the last turn. */
    marks: (): readonly string[] => marks,
    /** Whether the record tells as much. */
    isKept: (): boolean => isKept,
  };
}
export type Converger = ReturnType<typeof converger>;
