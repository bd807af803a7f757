import * as z from "zod";

/*
 * What AWS's IAM decides of one call, for the few parts of its language that our roles use; anything else is refused, so that no policy is judged by half.
 * - allowed when a statement allows it, as nothing here denies: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * - `*` and `?`: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 * - `ForAllValues` holds when each value of the call matches one of the policy, and when the call has none:
 *   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 * - a variable without a value matches nothing: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */

const Texts = z.union([z.string(), z.array(z.string())]).transform((given) => [given].flat());
const Condition = z.record(z.string(), z.record(z.string(), Texts));
/** Without `Deny`, `NotAction`, `NotResource` and principals. */
export const Statement = z.strictObject({
  Effect: z.literal("Allow"),
  Action: Texts,
  Resource: Texts,
  Condition: Condition.default({}),
});
export type Statement = z.infer<typeof Statement>;

/** One call, with the values of its context keys. */
export interface Call {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, readonly string[]>>;
}
type Context = Call["context"];

export const isAllowed = (statements: readonly Statement[], call: Call): boolean =>
  statements.some(
    ({ Action, Resource, Condition: condition }) =>
      Action.some((pattern) => matches(pattern.toLowerCase(), call.action.toLowerCase(), {})) &&
      Resource.some((pattern) => matches(pattern, call.resource, call.context)) &&
      Object.entries(condition).every(([operator, keys]) => holds(operator, keys, call.context)),
  );

function holds(operator: string, keys: Readonly<Record<string, readonly string[]>>, context: Context): boolean {
  return Object.entries(keys).every(([key, patterns]) => {
    const values = context[key];
    const isLike = (value: string) => patterns.some((pattern) => matches(pattern, value, context));
    switch (operator) {
      case "ForAllValues:StringLike":
        return (values ?? []).every(isLike);
      case "StringLike":
        return values !== undefined && values.length === 1 && values.every(isLike);
      case "Null":
        return patterns.includes(String(values === undefined || values.length === 0));
      default:
        throw new Error(`The operator ${operator} is not judged here.`);
    }
  });
}

const literally = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");

/** What stands for a variable is taken as it is: no star in it is one of the pattern's. */
function matches(pattern: string, text: string, context: Context): boolean {
  let isKnown = true;
  const parts = pattern.split(/(\$\{[^}]*\}|[*?])/).map((part) => {
    if (part === "*") return "[^]*";
    if (part === "?") return "[^]";
    if (!part.startsWith("${")) return literally(part);
    const values = context[part.slice(2, -1)];
    isKnown &&= values?.length === 1;
    return literally(values?.[0] ?? "");
  });
  return isKnown && new RegExp(`^${parts.join("")}$`).test(text);
}

/** CloudFormation's references as text, so that the same reference is the same text. */
export function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== "object" || value === null) return value;
  const [[name, given] = ["", undefined], ...others] = Object.entries(value);
  if (others.length === 0 && name === "Ref") return `<${given}>`;
  if (others.length === 0 && name === "Fn::GetAtt") return `<${[given].flat().join(".")}>`;
  if (others.length === 0 && name === "Fn::Join") {
    const [between, parts] = given as [string, unknown[]];
    return parts.map(resolved).join(between);
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolved(each)]));
}
