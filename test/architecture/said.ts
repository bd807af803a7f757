import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
export interface SourceFile {
  /** From the project's root. */
  readonly path: string;
  readonly text: string;
}
export const sourcesOf = (...folders: string[]): SourceFile[] =>
  folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .map((file) => ({ path: `${folder}/${file}`, text: readFileSync(join(root, folder, file), "utf8") })),
  );

/** A string, or one character. */
const piece = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`|[\s\S]/y;

/** The arguments of a call, from its opening to its closing parenthesis; those in strings do not count. */
function argumentsAt(text: string, open: number): string {
  let depth = 0;
  piece.lastIndex = open;
  for (let found = piece.exec(text); found; found = piece.exec(text)) {
    depth += found[0] === "(" ? 1 : found[0] === ")" ? -1 : 0;
    if (depth === 0) return text.slice(open, piece.lastIndex);
  }
  return text.slice(open);
}

const faultsIn = (sources: readonly SourceFile[]): { readonly path: string; readonly call: string }[] =>
  sources.flatMap(({ path, text }) =>
    [...text.matchAll(/new Fault\(/g)].map((m) => ({ path, call: argumentsAt(text, m.index + m[0].length - 1) })),
  );

const matchesIn = (sources: readonly SourceFile[], pattern: RegExp): string[] =>
  sources.flatMap(({ text }) => [...text.matchAll(pattern)].map((m) => m[1] ?? ""));

/** Functions that take a code as their first argument: `conflict("application.removing", …)`. */
const takersOf = (sources: readonly SourceFile[]): string[] =>
  matchesIn(sources, /(?:const|function) (\w+)(?: = )?\((?:reason|code): string,/g);

/** Every code written where a finding, a failure, a refusal, a capability or the end of a stream is made. */
export function codesIn(sources: readonly SourceFile[]): Set<string> {
  const takers = ["BuildFailure", ...takersOf(sources)].join("|");
  return new Set([
    ...matchesIn(sources, /\bcode: "([a-z-]+\.[a-z.-]+)"/g),
    ...matchesIn(sources, new RegExp(String.raw`\b(?:${takers})\(\s*"([a-z-]+(?:\.[a-z.-]+)?)"`, "g")),
    ...faultsIn(sources).flatMap(({ call }) => [...call.matchAll(/\breason: "([a-z.-]+)"/g)].map((m) => m[1] ?? "")),
    ...matchesIn(sources, /\brule: "([a-z_.-]+)"/g),
  ]);
}

/** Refusals that have words but no code, as `file: call`. What is our own bug is told as `internal`. */
export const unnamedFaults = (sources: readonly SourceFile[]): string[] =>
  faultsIn(sources)
    .filter(({ call }) => !/^\(\s*"internal"/.test(call) && !/\breason\b/.test(call))
    .map(({ path, call }) => `${path}: ${call.replaceAll(/\s+/g, " ").slice(0, 120)}`);

/** Problems of fields, and capabilities, that have words but no code. */
export const unnamedParts = (sources: readonly SourceFile[]): string[] =>
  sources.flatMap(({ path, text }) =>
    [
      ...text.matchAll(/\{ path: (?:(?!rule)[^{}]|\{[^{}]*\})*?\bmessage: (?:(?!rule)[^{}]|\{[^{}]*\})*\}/g),
      ...text.matchAll(/\{\s*name: "[^"]*",\s*available: (?:(?!code)[^{}])*?\bmessage: (?:(?!code)[^{}])*\}/g),
    ].map((m) => `${path}: ${m[0].replaceAll(/\s+/g, " ").slice(0, 120)}`),
  );
