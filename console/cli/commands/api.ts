import { meant } from "../../../shared/base/meant.ts";
import type { OperationName } from "../../../shared/contract/operations.ts";
import { callOperation } from "../../../shared/client/client.ts";
import { routes } from "../../../shared/client/routes.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../failure.ts";
import { otherNames } from "../did-you-mean.ts";

const isOperation = (name: string): name is OperationName => Object.hasOwn(routes, name);

/** `--name value`, `--name=value`. A `body` is JSON, or `@file`; the rest are parameters of the path, else of the query. */
function parseFlags(words: readonly string[]): Map<string, string> {
  const flags = new Map<string, string>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    const [, name, value] = /^--([A-Za-z]\w*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined)
      throw new UsageError(`"${word}" stands alone.`, "Give each parameter as --name value, the body as --body JSON.");
    const given = value ?? words[++i];
    if (given === undefined) throw new UsageError(`--${name} has no value.`);
    flags.set(name, given);
  }
  return flags;
}

async function bodyOf(text: string | undefined): Promise<unknown> {
  if (text === undefined) return undefined;
  const { readFile } = await import("node:fs/promises");
  const json = text.startsWith("@") ? await readFile(text.slice(1), "utf8") : text;
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new UsageError(`--body is not JSON: ${(error as Error).message}`);
  }
}

const pathParameters = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1] ?? "");

export async function api({ clientOptions, output }: Context, _options: object, [name, ...words]: string[]): Promise<void> {
  if (name === undefined) return listOperations(output);
  if (!isOperation(name)) {
    const near = meant(name, Object.keys(routes));
    throw new UsageError(
      `There is no operation "${name}".`,
      near ? `Did you mean ${near}? "pluvia api" lists them all.` : '"pluvia api" lists them all.',
    );
  }
  // It answers JSON anyway.
  const flags = parseFlags(words.filter((word) => word !== "--json"));
  const body = await bodyOf(flags.get("body"));
  const inPath = pathParameters(routes[name][1]);
  const missing = inPath.find((p) => !flags.has(p));
  if (missing) throw new UsageError(`${name} needs --${missing}.`);
  const entries = [...flags].filter(([flag]) => flag !== "body");
  const query = entries.filter(([flag]) => !inPath.includes(flag));
  if (query.length > 0)
    await assertTaken(
      name,
      query.map(([flag]) => flag),
    );
  const result = await callOperation(clientOptions, name, {
    params: Object.fromEntries(entries.filter(([flag]) => inPath.includes(flag))),
    query: Object.fromEntries(query),
    body,
  });
  output.result(result ?? null, () => JSON.stringify(result ?? null, null, 2));
}

/** A typo is answered with all that it takes. */
async function assertTaken(name: OperationName, flags: readonly string[]): Promise<void> {
  const { operations } = await operationTable();
  const { path, query, method } = operations[name];
  const takes = [...pathParameters(path), ...Object.keys(query.shape), ...(method === "get" ? [] : ["body"])];
  const odd = flags.find((flag) => !takes.includes(flag));
  if (odd === undefined) return;
  const [typed = "", ...names] = [odd, ...takes].map((flag) => `--${flag}`);
  throw new UsageError(`${name} has no ${typed}.`, otherNames(typed, names, "It takes nothing."));
}

/** The schemas are heavy, and needed by little. */
const operationTable = () => import("../../../shared/contract/operations.ts");

async function listOperations(output: Context["output"]): Promise<void> {
  const { operations } = await operationTable();
  const rows = Object.entries(operations).filter(([, o]) => o.audience !== "agent" && o.audience !== "build");
  output.rows(
    rows.map(([operation, o]) => ({
      operation,
      method: o.method,
      path: o.path,
      summary: o.summary,
      parameters: pathParameters(o.path),
      query: Object.keys(o.query.shape),
    })),
    ["OPERATION", "PARAMETERS", "WHAT IT DOES"],
    rows.map(([operation, o]) => [
      operation,
      [...pathParameters(o.path), ...Object.keys(o.query.shape).map((q) => `[${q}]`)]
        .map((p) => (p.startsWith("[") ? `[--${p.slice(1)}` : `--${p}`))
        .join(" "),
      o.summary,
    ]),
    "",
  );
}
