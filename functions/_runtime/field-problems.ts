import type * as z from "zod";
import { type FieldProblem, Fault } from "../../shared/base/fault.ts";
import { meant } from "../../shared/base/meant.ts";
import type { UnknownField } from "./unknown-fields.ts";

/** Derivation: more than a person mends at once; a body of 1 MiB can be wrong in 100,000 places. */
const problemsMax = 50;

/** What is wrong with a part of a request, field by field. */
export function fieldsFault(part: "query" | "body", problems: readonly FieldProblem[], cause: unknown): Fault {
  const fields = problems.slice(0, problemsMax);
  const words = fields.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
  return new Fault("invalid", `The ${part} has values we cannot use. ${words}`.slice(0, 1_000), {
    next: "Correct the named fields and send it again.",
    reason: "fields",
    fields,
    cause,
  });
}

export function unknownProblem({ path, known }: UnknownField): FieldProblem {
  const name = path.at(-1) ?? "";
  const near = known.find((field) => field.endsWith(`.${name}`)) ?? meant(name, known);
  return {
    path: pathOf(path),
    message: `is not a field of this request${near === undefined ? "" : ` (did you mean ${near}?)`}`,
    rule: "unknown_field",
    params: near === undefined ? undefined : { meant: near },
  };
}

export const repeatedProblem = (path: readonly string[]): FieldProblem => ({
  path: pathOf(path),
  message: "is there twice",
  rule: "repeated_field",
});

/** `received`: all that was sent, which says whether a field is missing. */
export function problemOf(issue: z.core.$ZodIssue, received: unknown): FieldProblem {
  const path = pathOf(issue.path);
  const isMissing = issue.code !== "custom" && issue.path.reduce(partOf, received) === undefined;
  return isMissing
    ? { path, message: "is missing", rule: "missing" }
    : { path, message: wordsOf(issue), rule: ruleOf(issue), params: factsOf(issue) };
}

const partOf = (whole: unknown, name: PropertyKey): unknown =>
  whole instanceof Object && Object.hasOwn(whole, name) ? (whole as Record<PropertyKey, unknown>)[name] : undefined;

/** Names are the sender's choice, also none. */
const pathOf = (path: readonly PropertyKey[]): string => path.map((name) => String(name).slice(0, 200) || '""').join(".");

function ruleOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "too_small" && issue.origin === "string") return "too_short";
  if (issue.code === "too_big" && issue.origin === "string") return "too_long";
  return issue.code;
}

/** The numbers and words of a rule that people need: limits, kinds. */
function factsOf(issue: z.core.$ZodIssue): Record<string, string | number> {
  if (issue.code === "invalid_value") return { allowed: allowedOf(issue) };
  const facts = Object.entries(issue).filter(([name]) => ["minimum", "maximum", "origin", "expected", "format"].includes(name));
  return Object.fromEntries(facts.map(([name, value]) => [name, typeof value === "number" ? value : String(value)]));
}

const allowedOf = ({ values }: z.core.$ZodIssueInvalidValue): string => values.map(String).join(", ");

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

/** The schema's own words; where it leaves them to the validator, words a person would say. */
function wordsOf(issue: z.core.$ZodIssue): string {
  if (!/^(Invalid (input|option): expected|Too (big|small))/.test(issue.message))
    return issue.message.replace(/^Invalid input: /, "");
  switch (issue.code) {
    case "invalid_type":
      return `must be ${kinds[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `must be ${issue.values.length > 1 ? "one of " : ""}${allowedOf(issue)}`;
    case "too_big":
      return `${issue.inclusive === false ? "must be less than" : "may be at most"} ${issue.maximum}${unitOf(issue)}`;
    case "too_small":
      return `${issue.inclusive === false ? "must be more than" : "must be at least"} ${issue.minimum}${unitOf(issue)}`;
    default:
      return issue.message;
  }
}

const unitOf = ({ origin }: { readonly origin: string }): string => units[origin] ?? "";
