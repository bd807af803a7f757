import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type * as z from "zod";
import { Fault, type FieldProblem, notFound } from "../../shared/base/fault.ts";
import { type ApiOperation, refusesUnknownFields } from "../../shared/contract/api-operation.ts";
import { fieldsFault, problemOf, repeatedProblem, unknownProblem } from "./field-problems.ts";
import { headerOf } from "./headers.ts";
import { assertWholeCharacters, jsonBodyOf } from "./json-body.ts";
import { repeatedFields } from "./repeated-fields.ts";
import { unknownFields } from "./unknown-fields.ts";

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
  return parse(operation, { part: "query", value, repeated: repeatedIn(event.rawQueryString) }) as z.infer<O["query"]>;
}

/** A name that is there twice arrives as one, with both its values. */
function repeatedIn(query: string): string[][] {
  const names = [...new URLSearchParams(query).keys()];
  const first = new Set<string>();
  return [...new Set(names.filter((name) => first.has(name) || !first.add(name)))].map((name) => [name]);
}

export function bodyOf<O extends ApiOperation>(operation: O, event: APIGatewayProxyEventV2): z.infer<O["body"]> {
  assertNoCondition(operation, event);
  const body = jsonBodyOf(event);
  const value = body?.value;
  if (operation.body.safeParse(undefined).success && isEmpty(value)) return undefined as z.infer<O["body"]>;
  if (operation.body.def.type === "undefined") throw noBodyTaken();
  const isPersons = body !== undefined && refusesUnknownFields(operation);
  if (isPersons) assertWholeCharacters(body);
  const repeated = isPersons ? repeatedFields(body.text) : [];
  // A POST whose fields are all optional may come without a body.
  return parse(operation, { part: "body", value: value === undefined ? {} : value, repeated }) as z.infer<O["body"]>;
}

/** Answers carry no ETag, so a condition on one could not hold, and to go on without looking would lose what it is to protect. @throws Fault `invalid`. */
function assertNoCondition({ method }: ApiOperation, event: APIGatewayProxyEventV2): void {
  const header = ["if-match", "if-unmodified-since"].find((name) => headerOf(event, name) !== undefined);
  if (method === "get" || header === undefined) return;
  throw new Fault("invalid", `The header ${header} is not looked at here, so nothing was changed.`, {
    next: "Send the `generation` that you have read in the body, where the request has one: it is refused when that has moved on. Else leave the header out.",
    reason: "precondition.unread",
    params: { header },
  });
}

const noBodyTaken = (): Fault =>
  new Fault("invalid", "This request takes no body, and came with one.", {
    next: "Leave the body out, or look up what was meant in GET /v1/openapi.json.",
    reason: "body.none",
  });

const isEmpty = (value: unknown): boolean =>
  value === undefined || (typeof value === "object" && value !== null && Object.keys(value).length === 0);

interface Part {
  readonly part: "query" | "body";
  readonly value: unknown;
  /** Paths of what is there more than once. */
  readonly repeated: readonly (readonly string[])[];
}
/** @throws Fault `invalid` with all that is wrong; what explains the rest comes first. */
function parse(operation: ApiOperation, { part, value, repeated }: Part): unknown {
  const schema = operation[part];
  const unknown = refusesUnknownFields(operation) ? unknownFields(schema, value) : [];
  const parsed = schema.safeParse(value);
  if (parsed.success && unknown.length + repeated.length === 0) return parsed.data;
  const issues: readonly FieldProblem[] = parsed.error?.issues.map((issue) => problemOf(issue, value)) ?? [];
  throw fieldsFault(part, [...repeated.map(repeatedProblem), ...unknown.map(unknownProblem), ...issues], parsed.error);
}
