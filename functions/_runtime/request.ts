import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type * as z from "zod";
import { Fault, type FieldProblem, notFound } from "../../shared/base/fault.ts";
import { meant } from "../../shared/base/meant.ts";
import { type ApiOperation, refusesUnknownFields } from "../../shared/contract/api-operation.ts";
import { jsonProblem } from "./json.ts";
import { type UnknownField, unknownFields } from "./unknown-fields.ts";

/** Derivation: the largest honest body is 500 variables of 2 KB; a Lambda takes up to 6 MB. */
const bodyBytesMax = 1024 * 1024;

export const headerOf = (event: Pick<APIGatewayProxyEventV2, "headers">, name: string): string | undefined =>
  event.headers[name] ?? Object.entries(event.headers).find(([key]) => key.toLowerCase() === name)?.[1];

export const routeKeyOf = (operation: Pick<ApiOperation, "method" | "path">): string =>
  `${operation.method.toUpperCase()} ${operation.path}`;

/** An id of the wrong form names nothing: it is not found, like one of another team. */
export function paramsOf<O extends ApiOperation>(operation: O, event: APIGatewayProxyEventV2): z.infer<O["params"]> {
  const parsed = operation.params.safeParse(event.pathParameters ?? {});
  if (parsed.success) return parsed.data as z.infer<O["params"]>;
  const name = String(parsed.error.issues[0]?.path[0] ?? "path");
  throw notFound(name, String(event.pathParameters?.[name] ?? "").slice(0, 100));
}

export function queryOf<O extends ApiOperation>(operation: O, event: APIGatewayProxyEventV2): z.infer<O["query"]> {
  const value = event.queryStringParameters ?? {};
  return parse(operation, "query", value) as z.infer<O["query"]>;
}

export function bodyOf<O extends ApiOperation>(operation: O, event: APIGatewayProxyEventV2): z.infer<O["body"]> {
  const value = decode(event);
  if (operation.body.safeParse(undefined).success && isEmpty(value)) return undefined as z.infer<O["body"]>;
  if (operation.body.def.type === "undefined") throw noBodyTaken();
  // A POST whose fields are all optional may come without a body.
  return parse(operation, "body", value === undefined ? {} : value) as z.infer<O["body"]>;
}

const noBodyTaken = (): Fault =>
  new Fault("invalid", "This request takes no body, and came with one.", {
    next: "Leave the body out, or look up what was meant in GET /v1/openapi.json.",
    reason: "body.none",
  });

const isEmpty = (value: unknown): boolean =>
  value === undefined || (typeof value === "object" && value !== null && Object.keys(value).length === 0);

function decode(event: APIGatewayProxyEventV2): unknown {
  if (event.body === undefined || event.body === "") return undefined;
  const bytes = Buffer.from(event.body, event.isBase64Encoded ? "base64" : "utf8");
  if (bytes.length > bodyBytesMax)
    throw new Fault("too_large", `The body has ${bytes.length} bytes; at most ${bodyBytesMax} are taken.`, {
      next: "Send less at once; source code goes through an upload.",
      reason: "body.too-large",
      params: { bytes: bytes.length, limit: bodyBytesMax },
    });
  const type = headerOf(event, "content-type") ?? "";
  if (!/^application\/(json|[\w.+-]+\+json)\s*(;|$)/i.test(type))
    throw new Fault(
      "invalid",
      `The body must be JSON, and say so; its content type is ${type === "" ? "missing" : type.slice(0, 100)}.`,
      {
        next: "Send header content-type: application/json.",
        reason: "body.type",
      },
    );
  const text = bytes.toString("utf8");
  try {
    return JSON.parse(text);
  } catch (cause) {
    const problem = jsonProblem(text);
    throw new Fault("invalid", `The body is not JSON: ${problem}.`, {
      next: "Mend the body at that place.",
      reason: "body.json",
      params: { problem },
      cause,
    });
  }
}

/** Derivation: more than a person mends at once; a body of 1 MiB can be wrong in 100,000 places. */
const problemsMax = 50;

function parse(operation: ApiOperation, part: "query" | "body", value: unknown): unknown {
  const schema = operation[part];
  const unknown = refusesUnknownFields(operation) ? unknownFields(schema, value) : [];
  const parsed = schema.safeParse(value);
  if (parsed.success && unknown.length === 0) return parsed.data;
  const fields = [...unknown.map(unknownProblem), ...(parsed.error?.issues ?? []).map(problemOf)].slice(0, problemsMax);
  throw new Fault(
    "invalid",
    `The ${part} has values we cannot use. ${fields.map((f) => (f.path ? `${f.path}: ${f.message}` : f.message)).join("; ")}`.slice(
      0,
      1_000,
    ),
    {
      next: "Correct the named fields and send it again.",
      reason: "fields",
      fields,
      cause: parsed.error,
    },
  );
}

function unknownProblem({ path, known }: UnknownField): FieldProblem {
  const near = meant(path.at(-1) ?? "", known);
  return {
    path: pathOf(path),
    message: `is not a field of this request${near === undefined ? "" : ` (did you mean ${near}?)`}`,
    rule: "unknown_field",
    params: near === undefined ? undefined : { meant: near },
  };
}

const problemOf = (issue: z.core.$ZodIssue): FieldProblem => ({
  path: pathOf(issue.path),
  message: wordsOf(issue),
  rule: ruleOf(issue),
  params: factsOf(issue),
});

/** Names are the sender's choice. */
const pathOf = (path: readonly PropertyKey[]): string => path.map((name) => String(name).slice(0, 200)).join(".");

function ruleOf(issue: z.core.$ZodIssue): string {
  if (isMissing(issue)) return "missing";
  if (issue.code === "too_small" && issue.origin === "string") return "too_short";
  if (issue.code === "too_big" && issue.origin === "string") return "too_long";
  return issue.code;
}

/** The numbers and words of a rule that people need: limits, kinds. */
function factsOf(issue: z.core.$ZodIssue): Record<string, string | number> {
  const facts = Object.entries(issue).filter(([name]) => ["minimum", "maximum", "origin", "expected", "format"].includes(name));
  return Object.fromEntries(facts.map(([name, value]) => [name, typeof value === "number" ? value : String(value)]));
}

/** What was received is in zod's words alone: the value itself, which may be a secret, is not in the issue. */
const isMissing = (issue: z.core.$ZodIssue): boolean =>
  issue.code === "invalid_type" && issue.message.endsWith("received undefined");

const kinds: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "a list",
};

const units: Readonly<Record<string, string>> = { string: " characters", array: " entries", set: " entries" };

/** The schema's own words; for limits without any, words a person would say. */
function wordsOf(issue: z.core.$ZodIssue): string {
  if (isMissing(issue)) return "is missing";
  if (issue.code === "invalid_type" && issue.message.startsWith("Invalid input: expected"))
    return `must be ${kinds[issue.expected] ?? issue.expected}`;
  const unit = "origin" in issue ? (units[issue.origin ?? ""] ?? "") : "";
  if (issue.code === "too_big" && issue.message.startsWith("Too big"))
    return issue.inclusive === false ? `must be less than ${issue.maximum}` : `may be at most ${issue.maximum}${unit}`;
  if (issue.code === "too_small" && issue.message.startsWith("Too small"))
    return issue.inclusive === false ? `must be more than ${issue.minimum}` : `must be at least ${issue.minimum}${unit}`;
  return issue.message.replace(/^Invalid input: /, "");
}
