/** Where and why `text` is not JSON, in words; V8's own message often names no place. Only for text that JSON.parse refused. */
export function jsonProblem(text: string): string {
  const { at, found: isFound } = brokenAt(text);
  if (!isFound) return `something is wrong after position ${at}`;
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  const column = at - before.lastIndexOf("\n");
  const found = at >= text.length ? "it ends too early" : `unexpected ${JSON.stringify(text[at])}`;
  return `${found} at position ${at} (line ${line}, column ${column})`;
}

type Token = "{" | "}" | "[" | "]" | "," | ":" | "string" | "scalar";
/** What may come: a value, a value or `]`, a name, a name or `}`, the colon after a name, what follows a value. */
type State = "value" | "valueOrEnd" | "name" | "nameOrEnd" | "colon" | "after";

const value: Partial<Record<Token, State>> = { "{": "nameOrEnd", "[": "valueOrEnd", string: "after", scalar: "after" };
const next: Readonly<Record<State, Partial<Record<Token, State>>>> = {
  value,
  valueOrEnd: { ...value, "]": "after" },
  name: { string: "colon" },
  nameOrEnd: { string: "colon", "}": "after" },
  colon: { ":": "value" },
  after: { ",": "value", "]": "after", "}": "after" },
};

/** A whole token, after white space. A string holds no control characters. */
const token =
  /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\\p{Cc}]|\x7f|[\x80-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/uy;

/** What a sender can make us look through: 25 ms of work. */
const tokensMax = 50_000;

/** Walks with a stack of open brackets (no recursion: nesting is the sender's choice) to the first token that cannot be. */
function brokenAt(source: string): { at: number; found: boolean } {
  const open: string[] = [];
  let state: State = "value";
  let at = 0;
  for (let count = 0; count < tokensMax; count++) {
    token.lastIndex = at;
    const match: RegExpExecArray | null = token.exec(source);
    const then: State | undefined = match ? step(open, state, kindOf(match)) : undefined;
    if (then === undefined) return { at: at + (/^[ \t\n\r]*/.exec(source.slice(at))?.[0].length ?? 0), found: true };
    state = then;
    at = token.lastIndex;
  }
  return { at, found: false };
}

/** The state after a token, and the brackets open then; undefined when it cannot come here. */
function step(open: string[], state: State, kind: Token): State | undefined {
  const then = fits(open, kind) ? next[state][kind] : undefined;
  if (then === undefined) return undefined;
  if (kind === "{" || kind === "[") open.push(kind);
  if (kind === "}" || kind === "]") open.pop();
  return kind === "," && open.at(-1) === "{" ? "name" : then;
}

const kindOf = (match: RegExpExecArray): Token => (match[1] as Token | undefined) ?? (match[2] ? "string" : "scalar");

/** A closing bracket must fit the one that is open, and a comma needs one. */
function fits(open: readonly string[], kind: Token): boolean {
  if (kind === "}") return open.at(-1) === "{";
  if (kind === "]") return open.at(-1) === "[";
  return kind !== "," || open.length > 0;
}
