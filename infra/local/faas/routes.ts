import type { FunctionConfig } from "./config.ts";

export interface Route {
  readonly function: string;
  /** As API Gateway names it: `GET /v1/components/{component}`. */
  readonly key: string;
}
export interface Matched extends Route {
  readonly parameters: Readonly<Record<string, string>>;
}

interface Node {
  readonly fixed: Map<string, Node>;
  any?: Node;
  route?: Route;
}

/** Finds the route of a request; a fixed segment wins over a parameter, as in API Gateway. */
export function routesOf(functions: readonly FunctionConfig[]): (method: string, path: string) => Matched | undefined {
  const roots = new Map<string, Node>();
  for (const { name, routes } of functions)
    for (const { method, path } of routes)
      insert(root(roots, method), segmentsOf(path), { function: name, key: `${method} ${path}` });
  const otherwise = functions.find((one) => one.isDefault);
  return (method, path) => {
    const from = roots.get(method);
    const segments = segmentsOf(path).map(decoded);
    const route = from && find(from, segments);
    if (route) return { ...route, parameters: parametersOf(route.key, segments) };
    return otherwise && { function: otherwise.name, key: "$default", parameters: {} };
  };
}

const segmentsOf = (path: string): string[] => path.split("/").slice(1);
const isParameter = (segment: string): boolean => segment.startsWith("{");

function root(roots: Map<string, Node>, method: string): Node {
  const node = roots.get(method) ?? { fixed: new Map() };
  roots.set(method, node);
  return node;
}

function insert(from: Node, segments: readonly string[], route: Route): void {
  const end = segments.reduce((node, segment) => childOf(node, segment), from);
  if (end.route) throw new Error(`serverless.yml has two routes for ${route.key}: ${end.route.function} and ${route.function}`);
  end.route = route;
}

function childOf(node: Node, segment: string): Node {
  if (isParameter(segment)) {
    node.any ??= { fixed: new Map() };
    return node.any;
  }
  const child = node.fixed.get(segment) ?? { fixed: new Map() };
  node.fixed.set(segment, child);
  return child;
}

function find(node: Node, [segment, ...rest]: readonly string[]): Route | undefined {
  if (segment === undefined) return node.route;
  const fixed = node.fixed.get(segment);
  return (fixed && find(fixed, rest)) ?? (segment !== "" && node.any ? find(node.any, rest) : undefined);
}

function parametersOf(key: string, segments: readonly string[]): Record<string, string> {
  const names = segmentsOf(key.slice(key.indexOf(" ") + 1));
  return Object.fromEntries(names.flatMap((name, at) => (isParameter(name) ? [[name.slice(1, -1), segments[at] ?? ""]] : [])));
}

/** What cannot be decoded stays as it is: the function then finds that it is no id. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
