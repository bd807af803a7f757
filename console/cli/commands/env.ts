import type { Variable } from "../../../shared/contract/component.ts";
import { Fault } from "../../../shared/base/fault.ts";
import { conclude } from "../conclude.ts";
import type { Context } from "../context.ts";
import { otherNames } from "../did-you-mean.ts";
import { UsageError } from "../failure.ts";
import { type PlanOption, planOrNothing } from "../plan.ts";
import { type Selected, selectComponent } from "../select.ts";
import { ago } from "../text.ts";
import { parseAssignments } from "../variables.ts";

export interface EnvOptions extends PlanOption {
  readonly secret?: boolean;
  /** Keep it for the next deploy. */
  readonly stage?: boolean;
}
interface Edit {
  readonly set: Record<string, { kind: "plain" | "secret"; value: string }>;
  readonly unset: string[];
}

const row = ({ name, kind, value, updatedAt }: Variable) => ({ name, kind, value, updatedAt });
const show = ({ output }: Context, variables: readonly Variable[]): void =>
  output.rows(
    variables.map(row),
    ["NAME", "VALUE", "SET"],
    variables.map((v) => [v.name, v.kind === "secret" ? "(secret)" : (v.value ?? ""), ago(v.updatedAt)]),
    "It has no variables.",
  );

export async function envList(context: Context): Promise<void> {
  show(context, await variablesOf(context, await selectComponent(context)));
}

async function change(context: Context, { application, component }: Selected, options: EnvOptions, edit: Edit): Promise<void> {
  if (await planOrNothing(context, component.id, options, { kind: "variables", ...edit })) return;
  const { items } = await context.client.variableUpdate({ params: { component: component.id }, body: edit });
  // Before the first release there is nothing to apply it to: the first deploy takes it.
  if (options.stage || component.release === null) return show(context, items);
  await conclude(context, application.name, await context.client.componentConfigure({ params: { component: component.id } }));
}

const variablesOf = async ({ client }: Context, { component }: Selected): Promise<readonly Variable[]> =>
  (await client.variableList({ params: { component: component.id } })).items;

/** A secret that gets a new value stays one: everybody in the team would see it. */
export async function envSet(context: Context, options: EnvOptions, words: string[]): Promise<void> {
  const assignments = parseAssignments(words);
  const selected = await selectComponent(context);
  const secrets = (await variablesOf(context, selected)).filter((v) => v.kind === "secret").map((v) => v.name);
  const kindOf = (name: string) => (options.secret || secrets.includes(name) ? "secret" : "plain");
  const set = Object.fromEntries([...assignments].map(([name, value]) => [name, { kind: kindOf(name), value } as const]));
  await change(context, selected, options, { set, unset: [] });
}

export async function envUnset(context: Context, options: EnvOptions, names: string[]): Promise<void> {
  const wrong = names.find((n) => n.includes("="));
  if (wrong) throw new UsageError(`unset takes names only, not "${wrong}".`);
  const selected = await selectComponent(context);
  const known = (await variablesOf(context, selected)).map((item) => item.name);
  const missing = names.find((name) => !known.includes(name));
  if (missing !== undefined)
    throw new Fault("not_found", `There is no variable "${missing}" in this component.`, {
      next: otherNames(missing, known, "It has no variables."),
    });
  await change(context, selected, options, { set: {}, unset: names });
}
