import { createHash } from "node:crypto";
import type { Workload } from "../../contract/agent.ts";

const sorted = (record: Readonly<Record<string, string>>): [string, string][] =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));

/**
 * Names all that a pod is made of: two with the same one are interchangeable. What changes without new pods (the number of replicas, where
 * they are reached from outside, when they run) is not in it.
 */
export function revisionOf(w: Workload): string {
  const known = revisions.get(w) ?? hashed(w);
  revisions.set(w, known);
  return known;
}
const revisions = new WeakMap<Workload, string>();

function hashed(w: Workload): string {
  const { replicas: _replicas, scaling: _scaling, schedule: _schedule, dependencies: _dependencies, ...made } = w.configuration;
  const all = [w.release, w.restart, w.artifact, made, sorted(w.variables), w.bindings];
  return createHash("sha256").update(JSON.stringify(all)).digest("hex").slice(0, 16);
}
