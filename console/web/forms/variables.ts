import type { Variable } from "../../../shared/contract/component.ts";
import { isReservedVariable } from "../../../shared/domain/reserved-variable.ts";

export interface Staged {
  readonly kind: Variable["kind"];
  readonly value: string;
}
interface Edit {
  /** null: it is to be removed. */
  readonly wanted: Staged | null;
  /** When the variable that was edited had been set; null: there was none. */
  readonly of: string | null;
}
/** By name. */
export type Edits = Readonly<Record<string, Edit>>;

/** The rule of the contract's VariableName, which needs zod. */
const isVariableName = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name);

/** What is wrong with a name, as a key of the catalogue. */
export const nameProblem = (name: string): "variables.badName" | "variables.reserved" | null =>
  isVariableName(name) ? (isReservedVariable(name) ? "variables.reserved" : null) : "variables.badName";

const setAt = (known: readonly Variable[], name: string) => known.find((v) => v.name === name)?.updatedAt ?? null;

function changes(known: readonly Variable[], name: string, wanted: Staged | null): boolean {
  const now = known.find((v) => v.name === name);
  if (wanted === null) return now !== undefined;
  return now?.kind !== wanted.kind || (now.kind === "plain" ? now.value !== wanted.value : wanted.value !== "");
}

const kept = (edits: Edits, keep: (name: string, edit: Edit) => boolean): Edits =>
  Object.fromEntries(Object.entries(edits).filter(([name, edit]) => keep(name, edit)));

/** An edit that changes nothing is none. */
export const remaining = (edits: Edits, known: readonly Variable[]): Edits =>
  kept(edits, (name, { wanted }) => changes(known, name, wanted));

export const staged = (edits: Edits, known: readonly Variable[], name: string, wanted: Staged | null): Edits =>
  remaining({ ...edits, [name]: { wanted, of: edits[name] ? edits[name].of : setAt(known, name) } }, known);

/** Names of edits whose variables somebody else has changed since. */
export const bothChanged = (edits: Edits, known: readonly Variable[]): string[] =>
  Object.entries(edits).flatMap(([name, { of }]) => (of === setAt(known, name) ? [] : [name]));

/** The edits, as those of what is there now. */
export const madeAnew = (edits: Edits, known: readonly Variable[]): Edits =>
  Object.fromEntries(Object.entries(edits).map(([name, { wanted }]) => [name, { wanted, of: setAt(known, name) }]));

export const without = (edits: Edits, names: readonly string[]): Edits => kept(edits, (name) => !names.includes(name));

export function partsOf(edits: Edits): { readonly set: Record<string, Staged>; readonly unset: string[] } {
  const entries = Object.entries(edits);
  return {
    set: Object.fromEntries(entries.flatMap(([name, { wanted }]) => (wanted ? [[name, wanted] as const] : []))),
    unset: entries.flatMap(([name, { wanted }]) => (wanted ? [] : [name])),
  };
}

/** In quotes, over any number of lines, with nothing behind it but a comment. */
const inQuotes = /^(?:"((?:[^"\\]|\\.)*)"|'([^']*)')[ \t]*(?:#[^\n]*)?(?=\n|$)/s;
const unescaped = (text: string): string => text.replaceAll(/\\([n"\\])/g, (_, escaped) => (escaped === "n" ? "\n" : escaped));
const isQuoted = (text: string): boolean => /^["']/.test(text);
/** Quotes that are no pair, or hold others of their kind, mean themselves but for the outermost. */
const unquoted = (line: string): string => /^(["'])(.*)\1$/.exec(line)?.[2] ?? line.replace(/\s+#.*$/, "");

/** The value that the text begins with, and how many lines it takes. */
function valueAt(text: string): { readonly value: string; readonly lines: number } {
  const [all, double, single] = inQuotes.exec(text) ?? [];
  if (all === undefined) return { value: unquoted((text.split("\n", 1)[0] ?? "").trim()), lines: 1 };
  return { value: double === undefined ? (single ?? "") : unescaped(double), lines: all.split("\n").length };
}

/** The value as `parseEnv` reads it: in quotes where it must be. */
function written(value: string): string {
  if (!isQuoted(value) && value === value.trim() && valueAt(value).value === value) return value;
  return value.includes("'") ? `"${value.replaceAll(/["\\]/g, "\\$&")}"` : `'${value}'`;
}
export const envLine = (name: string, value: string): string => `${name}=${written(value)}`;

export interface Pasted {
  readonly set: Readonly<Record<string, string>>;
  /** Numbers of lines that are no variable. */
  readonly badLines: readonly number[];
  /** Names that are the platform's own, left out. */
  readonly reserved: readonly string[];
}

interface Line {
  readonly number: number;
  /** undefined: it is no variable. */
  readonly name: string | undefined;
  readonly value: string;
}
function linesOf(text: string): readonly Line[] {
  const found: Line[] = [];
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; ) {
    const number = at + 1;
    const line = lines[at]?.trimStart() ?? "";
    const [begin = "", name] = /^(?:export\s+)?([^=\s]+)\s*=[^\S\n]*/.exec(line) ?? [];
    const first = line.slice(begin.length);
    const { value, lines: taken } = valueAt(name && isQuoted(first) ? [first, ...lines.slice(number)].join("\n") : first);
    at += taken;
    if (line !== "" && !line.startsWith("#")) found.push({ number, name, value });
  }
  return found;
}

/** A .env file: NAME=value, quotes, comments, `export`. */
export function parseEnv(text: string): Pasted {
  const set: Record<string, string> = {};
  const badLines: number[] = [];
  const reserved: string[] = [];
  for (const { number, name, value } of linesOf(text)) {
    if (name && isReservedVariable(name)) reserved.push(name);
    else if (name && isVariableName(name)) set[name] = value;
    else badLines.push(number);
  }
  return { set, badLines, reserved };
}
