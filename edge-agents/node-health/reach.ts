import type { ReportedNode } from "../../shared/contract/data-center.ts";
import type { ClusterInstance, ObservedWorkload } from "../../shared/ports/cluster.ts";

/** Where an instance answers. */
export type Endpoint = ClusterInstance["endpoints"][number];

/** Where instances answer, by the node they are on. */
export type Places = ReadonlyMap<string, readonly Endpoint[]>;

/**
 * Places of ready instances that their network lets us reach: those of external ports. A node without any is not known to be reached, nor not to be.
 */
export function placesOf(observed: readonly ObservedWorkload[]): Places {
  const places = new Map<string, Endpoint[]>();
  for (const { workload, instances } of observed) {
    const external = new Set(workload.configuration.ports.flatMap(({ port, external: isOpen }) => (isOpen ? [port] : [])));
    if (external.size === 0) continue;
    for (const { state, node, endpoints } of instances) {
      const place = state === "ready" ? endpoints.find(({ port }) => external.has(port)) : undefined;
      const there = places.get(node);
      if (place && there) there.push(place);
      else if (place) places.set(node, [place]);
    }
  }
  return places;
}

/** How often in a row nothing was heard from a node. */
export type Misses = ReadonlyMap<string, number>;

/** `heard`: of each node that was asked in this round, whether anything was. */
export const missesAfter = (before: Misses, heard: ReadonlyMap<string, boolean>): Misses =>
  new Map([...heard].flatMap(([node, isHeard]) => (isHeard ? [] : [[node, (before.get(node) ?? 0) + 1]])));

/** Rounds in a row: a node that is restarting its network is none to speak of. */
const missesMax = 2;
export const isUnreached = (misses: Misses, node: string): boolean => (misses.get(node) ?? 0) >= missesMax;

/** The nodes with that said of those that are not reached; of one that is not ready more is known already. */
export const withReach = (nodes: readonly ReportedNode[], misses: Misses): ReportedNode[] =>
  nodes.map((node) =>
    node.ready && isUnreached(misses, node.name)
      ? { ...node, signals: [...node.signals, { code: "node.unreached", detail: { instances: node.instances } }] }
      : node,
  );
