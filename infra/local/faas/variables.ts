import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

/** What `${…}` can refer to. */
export interface Scope {
  readonly directory: string;
  readonly stage: string;
  /** The whole document, for `${self:…}`. */
  readonly self: unknown;
}

/**
 * Resolves the variables of serverless.yml that mean something on one machine: `${file(x.yml)}`, `${file(x.yml):key}`, `${self:a.b}`,
 * `${sls:stage}`, `${opt:x, 'default'}` and `${env:X, 'default'}`. Others (`${aws:…}`, `${cf:…}`) belong to the hosted plane and stay as they are.
 */
export function resolve(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, scope));
  if (typeof value === "string") return resolveText(value, scope);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, scope)]));
}

const variable = /\$\{([^${}]+)\}/;

function resolveText(text: string, scope: Scope): unknown {
  const found = variable.exec(text);
  if (!found) return text;
  const value = resolve(referred(found[1] ?? "", scope), scope);
  if (value === undefined) return text;
  return found[0] === text
    ? value
    : resolveText(
        text.replace(found[0], () => String(value)),
        scope,
      );
}

function referred(expression: string, scope: Scope): unknown {
  const [, source = "", rest = "", fallback] = /^\s*([a-z]+)\s*[:(]?\s*(.*?)\s*(?:,\s*'([^']*)')?\s*$/.exec(expression) ?? [];
  switch (source) {
    case "file":
      return fileValue(rest, scope);
    case "self":
      return at(scope.self, rest);
    case "sls":
      return rest === "stage" ? scope.stage : undefined;
    case "env":
      return process.env[rest] ?? fallback;
    default:
      return fallback;
  }
}

function fileValue(expression: string, scope: Scope): unknown {
  const [, file = "", key] = /^([^)]+)\)(?::(.+))?$/.exec(expression) ?? [];
  const content: unknown = parse(readFileSync(path.resolve(scope.directory, file), "utf8"));
  return key === undefined ? content : at(content, key);
}

function at(value: unknown, dotted: string): unknown {
  return dotted.split(".").reduce<unknown>((found, key) => (found as Record<string, unknown> | undefined)?.[key], value);
}
