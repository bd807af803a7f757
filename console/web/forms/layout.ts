/** A component, as far as its place matters. */
interface Node {
  readonly id: string;
  readonly configuration: { readonly dependencies: readonly { readonly component: string }[] };
}
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
 * Columns from left to right along the dependencies, half a row lower in every second one. In a column those stand higher whose
 * users do; what is not connected stands below, in rows, and equals in the order given.
 */
export function placesOf(nodes: readonly Node[]): ReadonlyMap<string, Place> {
  const users = new Set(nodes.flatMap((node) => node.configuration.dependencies.map((d) => d.component)));
  const isConnected = (node: Node) => node.configuration.dependencies.length > 0 || users.has(node.id);
  const connected = nodes.filter(isConnected);
  const depths = depthsOf(connected);
  const places = new Map<string, Place>();
  const last = Math.max(0, ...depths.values());
  for (let column = 0; column <= last; column++) {
    const here = connected.filter((node) => (depths.get(node.id) ?? 0) === column);
    const height = new Map(here.map((node) => [node.id, heightOf(node, connected, places)]));
    const order = here.toSorted((a, b) => (height.get(a.id) ?? 0) - (height.get(b.id) ?? 0));
    for (const [row, node] of order.entries()) places.set(node.id, { column, row: row + (column % 2) / 2 });
  }
  const below = Math.max(0, ...[...places.values()].map(({ row }) => Math.floor(row) + 1));
  const alone = nodes.filter((node) => !isConnected(node));
  for (const [at, place] of rowsBelow(alone.length, below, last + 1).entries()) places.set(alone[at]?.id ?? "", place);
  return places;
}

/** Wide as a screen, and as what stands above. */
function rowsBelow(count: number, below: number, columnsAbove: number): Place[] {
  const columns = Math.max(Math.min(4, Math.ceil(Math.sqrt(count))), columnsAbove);
  const lower = (column: number) => (below > 0 ? (column % 2) / 2 : 0);
  return Array.from({ length: count }, (_, at) => {
    const column = at % columns;
    return { column, row: below + Math.floor(at / columns) + lower(column) };
  });
}

/** The mean row of those that depend on it and have their place. */
function heightOf(node: Node, nodes: readonly Node[], places: ReadonlyMap<string, Place>): number {
  const users = nodes.filter((other) => other.configuration.dependencies.some((d) => d.component === node.id));
  const rows = users.flatMap((user) => places.get(user.id)?.row ?? []);
  return rows.reduce((sum, row) => sum + row, 0) / Math.max(1, rows.length);
}
