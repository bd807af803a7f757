const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/g;
/** More are not told: see `unknownFields`. */
const namedMax = 20;

interface OpenObject {
  readonly names: Set<string>;
  at: string;
}
/** What is open, and where in it we are. */
type Open = OpenObject | { readonly names: undefined; at: number };

/**
 * Paths of names that an object of this valid JSON has more than once: a parser takes one and drops the others without a word (RFC 8259, 4).
 * No recursion: nesting is the sender's choice.
 */
export function repeatedFields(json: string): readonly (readonly string[])[] {
  const found: string[][] = [];
  const open: Open[] = [];
  let isName = false;
  for (const [token] of json.matchAll(tokens)) {
    const inside = open.at(-1);
    if (!token.startsWith('"')) turn(open, token);
    else if (isName && inside?.names && isRepeated(inside, token)) found.push(open.map(({ at }) => String(at)));
    if (found.length === namedMax) break;
    isName = token === "{" || (token === "," && inside?.names !== undefined);
  }
  return found;
}

function turn(open: Open[], token: string): void {
  const inside = open.at(-1);
  if (token === "{") open.push({ names: new Set(), at: "" });
  else if (token === "[") open.push({ names: undefined, at: 0 });
  else if (token !== ",") open.pop();
  else if (typeof inside?.at === "number") inside.at += 1;
}

function isRepeated(inside: OpenObject, token: string): boolean {
  inside.at = JSON.parse(token) as string;
  const isKnown = inside.names.has(inside.at);
  inside.names.add(inside.at);
  return isKnown;
}
