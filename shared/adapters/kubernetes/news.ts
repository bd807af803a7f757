import type { KubernetesObject } from "./object.ts";

/** Tells whether an object differs from what was seen of it the last time in more than its version; null (anything may) always does. */
export function newsOf(): (object: KubernetesObject | null, isThere: (name: string) => boolean) => boolean {
  const known = new Map<string, string>();
  return (object, isThere) => {
    if (object === null) return true;
    // What is told last of one that was removed is often the same as before.
    if (!isThere(object.metadata.name)) {
      known.delete(object.metadata.name);
      return true;
    }
    const { resourceVersion: _version, ...metadata } = object.metadata;
    const told = JSON.stringify({ ...object, metadata });
    const isNews = known.get(object.metadata.name) !== told;
    known.set(object.metadata.name, told);
    return isNews;
  };
}
