import type * as z from "zod";
import { Fault } from "../base/fault.ts";
import type { Component, ComponentUpdate } from "../contract/component.ts";
import type { ComponentId } from "../contract/id.ts";
import type { Source } from "../contract/source.ts";
import { assertComponentCan, configurationWith } from "../domain/component.ts";
import { changesBetween } from "../domain/plan-change.ts";
import { assertFitsRelease } from "../domain/release-size.ts";
import type { Repositories } from "../ports/repositories.ts";
import type { Write } from "../ports/table.ts";
import { type Caller, commit, onConflictRetry } from "./change.ts";
import { componentNames, type ComponentRecord, components } from "./component-tables.ts";
import { viewComponent } from "./component-view.ts";
import { assertCredentialFits, sealCredential } from "./credential.ts";
import { assertDependencies } from "./dependencies.ts";
import { publish } from "./effects.ts";
import { next, put } from "./entity.ts";
import { findComponent } from "./find.ts";
import { nameTaken } from "./name-taken.ts";
import { claimRoom, type OperateDeps } from "./operate-component.ts";
import { assertRunsThere } from "./place-component.ts";
import { currentVariables } from "./sealed-variables.ts";
import { assertSource, usedSource } from "./source.ts";
import { undeployedOf } from "./undeployed.ts";

export type Update = z.infer<typeof ComponentUpdate>;
type Deps = OperateDeps & { readonly repositories: Repositories };

/** Changes what the next deploy or configure makes of it; what runs stays as it is. */
export const updateComponent = (
  deps: Deps,
  caller: Caller,
  asked: { component: ComponentId; update: Update },
): Promise<Component> =>
  onConflictRetry(deps, async () => {
    const { update } = asked;
    const record = await findComponent(deps, caller, asked.component);
    assertComponentCan("update", record);
    assertFresh(record, update.generation);
    const after = await updated(deps, record, update);
    const claimed = update.configuration ? [await claimRoom(deps, record, after.configuration)] : [];
    const component = await viewComponent(deps, after);
    return commit(
      deps,
      caller,
      {
        writes: [
          ...claimed,
          put(components, after),
          ...renamed(record, after),
          ...(update.source ? await usedSource(deps, record.tenant, update.source) : []),
        ],
        commands: [publish(record.tenant, "component", record.id)],
        audit: { subject: record.id, changes: updateChanges(record, after) },
      },
      component,
    ).catch(nameTaken("component", after.name));
  });

/** A stale edit is refused with what moved on, so that a person can decide. */
function assertFresh(record: ComponentRecord, generation: number | undefined): void {
  if (generation === undefined || generation === record.revision) return;
  throw new Fault(
    "conflict",
    `The component was changed meanwhile: you edited generation ${generation}, now it is ${record.revision}.`,
    {
      next: "Load it again, and make your change on what is there now.",
      reason: "changed-meanwhile",
      detail: { generation: record.revision },
      fields: [
        {
          path: "generation",
          message: `now ${record.revision}${record.newest ? `, after a ${record.newest.kind}` : ""}`,
          rule: "generation.stale",
          params: { generation: record.revision },
        },
      ],
    },
  );
}

/** @throws Fault `invalid`. */
async function takeSource(
  deps: Deps,
  record: ComponentRecord,
  { source, credential }: Pick<Update, "credential"> & { readonly source: Source },
): Promise<void> {
  await assertSource(deps, record.tenant, source);
  if (credential === undefined) assertCredentialFits(record, source);
  if (source.kind === "push") await deps.repositories.ensure(record.tenant, record.id);
}

/** The record as an update leaves it. @throws Fault `invalid`. */
export async function updated(deps: Deps, record: ComponentRecord, update: Update): Promise<ComponentRecord> {
  const { configuration: changes, source, credential, language } = update;
  const configuration = configurationWith(record.configuration, changes ?? {});
  if (changes) await assertRunsThere(deps, record, configuration);
  if (source) await takeSource(deps, record, { source, credential });
  if (changes?.dependencies) await assertDependencies(deps, record, configuration);
  const { variables } = await currentVariables(deps, record);
  if (changes) assertFitsRelease(update.name ?? record.name, { configuration, variables });
  return next(record, {
    name: update.name ?? record.name,
    source: source ?? record.source,
    ...(credential !== undefined && {
      credential: await sealCredential(deps, record.tenant, { credential, source: source ?? record.source }),
    }),
    ...(language !== undefined && { language }),
    configuration,
    infersPorts: record.infersPorts && changes?.ports === undefined,
    undeployed: await undeployedOf(deps, record, { configuration, variables }),
    revision: record.revision + 1,
  });
}

const shown = ({ name, source, credential, language, configuration }: ComponentRecord) => ({
  name,
  source,
  credential: credential?.kind ?? null,
  language,
  configuration,
});
export const updateChanges = (before: ComponentRecord, after: ComponentRecord) => {
  const secret = before.credential?.sealed !== after.credential?.sealed && before.credential?.kind === after.credential?.kind;
  const credential = { path: "credential", before: "(secret)", after: "(secret, changed)" };
  const changes = changesBetween("component", shown(before), shown(after)).map((c) => ({
    ...c,
    path: c.path.replace(/^component\./, ""),
  }));
  return secret ? [...changes, credential] : changes;
};

function renamed(before: ComponentRecord, after: ComponentRecord): Write[] {
  if (before.name === after.name) return [];
  const row = (c: ComponentRecord) => ({
    tenant: c.tenant,
    application: c.application,
    name: c.name,
    component: c.id,
    generation: 1,
  });
  return [{ kind: "remove", key: componentNames.place(row(before)).key }, put(componentNames, row(after))];
}
