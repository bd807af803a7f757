import type { KubernetesObject } from "./object.ts";

/** Tells whether an object differs from what was seen of it the last time in more than its version; null (anything may) always does. */
export function newsOf(): (object: KubernetesObject | null) => boolean {
  const known = new Map<string, string>();
  return (object) => {
    if (object === null) return true;
    const { resourceVersion: _version, ...metadata } = object.metadata;
    const told = JSON.stringify({ ...object, metadata });
    const isNews = known.get(object.metadata.name) !== told;
    known.set(object.metadata.name, told);
    return isNews;
  };
}
