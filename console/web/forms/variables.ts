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

const unquoted = (value: string): string => {
  const quoted = /^(["'])(.*)\1$/s.exec(value);
  if (!quoted) return value.replace(/\s+#.*$/, "");
  return quoted[1] === '"' ? (quoted[2] ?? "").replaceAll("\\n", "\n").replaceAll('\\"', '"') : (quoted[2] ?? "");
};

export interface Pasted {
  readonly set: Readonly<Record<string, string>>;
  /** Numbers of lines that are no variable. */
  readonly badLines: readonly number[];
  /** Names that are the platform's own, left out. */
  readonly reserved: readonly string[];
}

/** Lines of a .env file: NAME=value, quotes, comments, `export`. */
export function parseEnv(text: string): Pasted {
  const set: Record<string, string> = {};
  const badLines: number[] = [];
  const reserved: string[] = [];
  for (const [at, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const found = /^(?:export\s+)?([^=\s]+)\s*=\s*(.*)$/s.exec(line);
    const name = found?.[1];
    if (name && isReservedVariable(name)) reserved.push(name);
    else if (name && isVariableName(name)) set[name] = unquoted(found[2] ?? "");
    else badLines.push(at + 1);
  }
  return { set, badLines, reserved };
}
