import type { Component } from "../../../shared/contract/component.ts";

type Node = Pick<Component, "id"> & { readonly configuration: Pick<Component["configuration"], "dependencies"> };
export interface Place {
  readonly column: number;
  readonly row: number;
}

/** How far from what nobody depends on: the longest path to it. A circle stops where it closes. */
function depthsOf(nodes: readonly Node[]): Map<string, number> {
  const users = new Map<string, string[]>();
  for (const node of nodes)
    for (const d of node.configuration.dependencies) users.set(d.component, [...(users.get(d.component) ?? []), node.id]);
  const depths = new Map<string, number>();
  const depthOf = (id: string, path: ReadonlySet<string>): number => {
    const known = depths.get(id);
    if (known !== undefined) return known;
    if (path.has(id)) return 0;
    const on = new Set([...path, id]);
    const depth = Math.max(0, ...(users.get(id) ?? []).filter((user) => !on.has(user)).map((user) => depthOf(user, on) + 1));
    depths.set(id, depth);
    return depth;
  };
  for (const node of nodes) depthOf(node.id, new Set());
  return depths;
}

/** One under the other, what is depended on below what depends on it: for screens narrower than two columns. */
export function stackOf(nodes: readonly Node[]): ReadonlyMap<string, Place> {
  const depths = depthsOf(nodes);
  const order = nodes.toSorted((a, b) => (depths.get(a.id) ?? 0) - (depths.get(b.id) ?? 0));
  return new Map(order.map((node, row) => [node.id, { column: 0, row }]));
}

/**
 * Columns from left to right along the dependencies; rows in the order given, and half a row lower in every second column, so that
 * an edge over more than one column passes between the cards.
 */
export function placesOf(nodes: readonly Node[]): ReadonlyMap<string, Place> {
  const depths = depthsOf(nodes);
  const filled = new Map<number, number>();
  return new Map(
    nodes.map((node) => {
      const column = depths.get(node.id) ?? 0;
      const row = filled.get(column) ?? 0;
      filled.set(column, row + 1);
      return [node.id, { column, row: row + (column % 2) / 2 }];
    }),
  );
}
