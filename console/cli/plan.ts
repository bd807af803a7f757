import type { CallInput } from "../../shared/client/client.ts";
import type { Change, Component, Plan } from "../../shared/contract/component.ts";
import type { Context } from "./context.ts";
import { inertLine } from "./text.ts";

export interface PlanOption {
  readonly plan?: boolean;
}

const valueText = (value: unknown): string =>
  value === undefined ? "(none)" : inertLine(typeof value === "string" ? value : JSON.stringify(value));
const changeText = ({ path, before, after }: Change): string => {
  if (before === undefined) return `+ ${path}: ${valueText(after)}`;
  if (after === undefined) return `- ${path}: ${valueText(before)}`;
  return `~ ${path}: ${valueText(before)} → ${valueText(after)}`;
};

export function planText(plan: Plan): string {
  const lines = [
    ...plan.changes.map(changeText),
    ...plan.effects.map((e) => `  ${e.kind}: ${inertLine(e.message)}`),
    ...plan.warnings.map((w) => `! ${inertLine(w.message)}`),
  ];
  return lines.length === 0 ? "Nothing would change." : lines.join("\n");
}

/** With --plan: shows what the change would do and answers true, so that it is not done. */
export async function planOrNothing(
  { client, output }: Context,
  component: Component["id"],
  options: PlanOption,
  body: CallInput<"componentPlan">["body"],
): Promise<boolean> {
  if (!options.plan) return false;
  const plan = await client.componentPlan({ params: { component }, body });
  output.result(plan, () => planText(plan));
  return true;
}
