import { Fault } from "../base/fault.ts";
import type { Variable } from "../contract/component.ts";
import type { ComponentId } from "../contract/id.ts";
import { variableChanges } from "../domain/plan-change.ts";
import { variablesBytesMax } from "../domain/quota.ts";
import { maskedVariable, type OpenVariable } from "../domain/release.ts";
import { assertComponentCan } from "../domain/component.ts";
import { assertFitsRelease } from "../domain/release-size.ts";
import { assertUnreserved } from "../domain/reserved-variable.ts";
import type { Secrets } from "../ports/secrets.ts";
import { type Caller, commit, onConflictRetry } from "./change.ts";
import { components, variableRows } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { publish } from "./effects.ts";
import { next, put } from "./entity.ts";
import { findComponent } from "./find.ts";
import { currentVariables, sealVariables } from "./sealed-variables.ts";
import { undeployedOf } from "./undeployed.ts";

interface Edit {
  /** `path`: where it was asked for, for who has to mend it. */
  readonly set: readonly {
    readonly name: string;
    readonly kind: Variable["kind"];
    readonly value: string;
    readonly path: string;
  }[];
  readonly unset: readonly string[];
}
/** As the API takes it: by name. */
export const editOf = (body: {
  set: Record<string, { kind: Variable["kind"]; value: string }>;
  unset: readonly string[];
}): Edit => ({
  set: Object.entries(body.set).map(([name, value]) => ({ name, ...value, path: `set.${name}` })),
  unset: body.unset,
});

export interface VariableList {
  readonly items: Variable[];
  readonly generation: number;
}

/** The variables after an edit, by name. @throws Fault `invalid`, `exhausted`. */
export function openVariablesFrom(now: Date, current: readonly OpenVariable[], edit: Edit): OpenVariable[] {
  assertUnreserved(edit.set);
  const all = new Map(current.map((v) => [v.name, v]));
  for (const name of edit.unset) all.delete(name);
  for (const { path: _, ...v } of edit.set) {
    const old = all.get(v.name);
    if (old?.value !== v.value || old.kind !== v.kind) all.set(v.name, { ...v, updatedAt: now.toISOString() });
  }
  const variables = [...all.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const bytes = variables.reduce((sum, v) => sum + new TextEncoder().encode(v.name + v.value).length, 0);
  if (bytes > variablesBytesMax)
    throw new Fault(
      "exhausted",
      `All variables of a component together have at most ${variablesBytesMax} bytes; these have ${bytes}.`,
      {
        next: "Put large values into a file of the application or an external store.",
        reason: "variables.too-large",
        params: { limit: variablesBytesMax, bytes },
      },
    );
  return variables;
}

const listed = (variables: readonly OpenVariable[], generation: number): VariableList => ({
  items: variables.map(maskedVariable),
  generation,
});

export async function listVariables(
  deps: Core & { secrets: Secrets },
  caller: Caller,
  component: ComponentId,
): Promise<VariableList> {
  const record = await findComponent(deps, caller, component);
  const { variables, generation } = await currentVariables(deps, record);
  return listed(variables, generation);
}

/** Takes effect at the next deploy or configure. */
export const updateVariables = (
  deps: Core & { secrets: Secrets },
  caller: Caller,
  asked: { component: ComponentId; edit: Edit; generation?: number | undefined },
): Promise<VariableList> =>
  onConflictRetry(deps, async () => {
    const record = await findComponent(deps, caller, asked.component);
    assertComponentCan("update", record);
    const current = await currentVariables(deps, record);
    if (asked.generation !== undefined && asked.generation !== current.generation)
      throw new Fault(
        "conflict",
        `The variables were changed meanwhile: you edited generation ${asked.generation}, now it is ${current.generation}.`,
        { next: "List them again, and make your change on what is there now.", reason: "changed-meanwhile" },
      );
    const variables = openVariablesFrom(deps.clock.now(), current.variables, asked.edit);
    assertFitsRelease(record.name, { configuration: record.configuration, variables });
    const changes = variableChanges(current.variables, variables);
    if (changes.length === 0) return listed(current.variables, current.generation);
    const row = {
      tenant: record.tenant,
      component: record.id,
      sealed: await sealVariables(deps, record.tenant, variables),
      generation: current.generation + 1,
    };
    const undeployed = await undeployedOf(deps, record, { configuration: record.configuration, variables });
    const after = next(record, { undeployed, revision: record.revision + 1 });
    return commit(
      deps,
      caller,
      {
        writes: [put(variableRows, row), put(components, after)],
        commands: [publish(record.tenant, "component", record.id)],
        audit: { subject: record.id, changes },
      },
      listed(variables, row.generation),
    );
  });
