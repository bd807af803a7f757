import type { Variable } from "../../../shared/contract/component.ts";
import { isReservedVariable } from "../../../shared/domain/reserved-variable.ts";

export interface Staged {
  readonly kind: Variable["kind"];
  readonly value: string;
}
/** By name; null: it is to be removed. */
export type Edits = Readonly<Record<string, Staged | null>>;

/** The rule of the contract's VariableName, which needs zod. */
const isVariableName = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name);

/** What is wrong with a name, as a key of the catalogue. */
export const nameProblem = (name: string): "variables.badName" | "variables.reserved" | null =>
  isVariableName(name) ? (isReservedVariable(name) ? "variables.reserved" : null) : "variables.badName";

/** An edit that changes nothing is none. */
export function staged(edits: Edits, known: readonly Variable[], name: string, edit: Staged | null): Edits {
  const { [name]: _, ...others } = edits;
  const now = known.find((v) => v.name === name);
  const same =
    edit === null ? !now : now?.kind === edit.kind && (now.kind === "plain" ? now.value === edit.value : edit.value === "");
  return same ? others : { ...others, [name]: edit };
}

export function partsOf(edits: Edits): { readonly set: Record<string, Staged>; readonly unset: string[] } {
  const entries = Object.entries(edits);
  return {
    set: Object.fromEntries(entries.flatMap(([name, edit]) => (edit ? [[name, edit] as const] : []))),
    unset: entries.flatMap(([name, edit]) => (edit ? [] : [name])),
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
