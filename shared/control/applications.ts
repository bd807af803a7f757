import { conflict, isFault } from "../base/fault.ts";
import type { Page } from "../base/page.ts";
import type { Command } from "../contract/commands.ts";
import type { Application } from "../contract/component.ts";
import { ApplicationId, type TenantId } from "../contract/id.ts";
import { changesBetween } from "../domain/plan-change.ts";
import { assertWithin } from "../domain/quota.ts";
import type { Write } from "../ports/table.ts";
import { keyIsLimited, mayReach } from "../domain/authorize.ts";
import { systemCaller } from "./caller.ts";
import { type Caller, commit, onConflictRetry } from "./change.ts";
import { applicationNames, applications, type ComponentRecord, components, keyOf } from "./component-tables.ts";
import type { ViewDeps } from "./component-view.ts";
import type { Core } from "./core.ts";
import { publish } from "./effects.ts";
import { listAll, next, put, read, remove } from "./entity.ts";
import { findApplication } from "./find.ts";
import { nameTaken } from "./name-taken.ts";
import { pageOf, type PageAsked } from "./pages.ts";
import { claim } from "./quota.ts";
import { removeComponent } from "./remove-component.ts";

const nameRow = (a: Pick<Application, "tenant" | "name" | "id">) => ({
  tenant: a.tenant,
  name: a.name,
  application: a.id,
  generation: 1,
});

export const listApplications = (deps: Core, caller: Caller, asked: PageAsked): Promise<Page<Application>> =>
  pageOf(deps.table, applications, { pk: `tenant#${caller.tenant}`, prefix: "application#" }, asked, (a) =>
    mayReach(caller, a.id),
  );

export const createApplication = (
  deps: Core,
  caller: Caller,
  asked: { name: string; description: string },
): Promise<Application> =>
  onConflictRetry(deps, async () => {
    // It would not see what it made.
    if (caller.applications !== null) throw keyIsLimited();
    const claimed = await claim(deps, caller.tenant, async (quota) => {
      const all = await listAll(deps.table, applications, { pk: `tenant#${caller.tenant}`, prefix: "application#" });
      assertWithin(quota, "applications", { used: all.length, more: 1 });
    });
    const application: Application = {
      id: ApplicationId.parse(deps.ids.next("app")),
      tenant: caller.tenant,
      ...asked,
      createdAt: deps.clock.now().toISOString(),
      removing: false,
      generation: 1,
    };
    return commit(
      deps,
      caller,
      {
        writes: [claimed, put(applications, application), put(applicationNames, nameRow(application))],
        commands: [publish(caller.tenant, "application", application.id)],
        audit: { subject: application.id, changes: [{ path: "name", before: null, after: asked.name }] },
      },
      application,
    ).catch(nameTaken("application", asked.name));
  });

/** The addresses of its components stay as they were made. */
export const updateApplication = (
  deps: Core,
  caller: Caller,
  asked: { application: ApplicationId; name?: string | undefined; description?: string | undefined },
): Promise<Application> =>
  onConflictRetry(deps, async () => {
    const before = await findApplication(deps, caller, asked.application);
    assertNotRemoving(before);
    const after = next(before, { name: asked.name ?? before.name, description: asked.description ?? before.description });
    const renamed: Write[] =
      after.name === before.name
        ? []
        : [{ kind: "remove", key: applicationNames.place(nameRow(before)).key }, put(applicationNames, nameRow(after))];
    const content = ({ name, description }: Application) => ({ name, description });
    return commit(
      deps,
      caller,
      {
        writes: [put(applications, after), ...renamed],
        commands: [publish(caller.tenant, "application", after.id)],
        audit: { subject: after.id, changes: changesBetween("application", content(before), content(after)) },
      },
      after,
    ).catch(nameTaken("application", after.name));
  });

export function assertNotRemoving(application: Application): void {
  if (application.removing)
    throw conflict("application.removing", `The application ${application.name} is being removed.`, "Use another application.");
}

/** A request runs for 29 s at most: what it has not done by then nobody does. */
const goOnAfterMs = 30_000;
/** Nothing new can be made in it from here on; each component is removed by an operation of its own, and the last one takes it along. */
export async function removeApplication(deps: Core & ViewDeps, caller: Caller, id: ApplicationId): Promise<Application> {
  const application = await onConflictRetry(deps, async () => {
    const before = await findApplication(deps, caller, id);
    if (before.removing) return before;
    const after = next(before, { removing: true });
    const goOn: Command = { kind: "removeApplication", version: 1, tenant: caller.tenant, application: id };
    return commit(
      deps,
      caller,
      {
        writes: [put(applications, after)],
        commands: [publish(caller.tenant, "application", id), { command: goOn, delayMs: goOnAfterMs }],
        audit: { subject: id, changes: [{ path: "", before: before.name, after: null }] },
      },
      after,
    );
  });
  await emptied(deps, { ...caller, idempotency: null }, application);
  return application;
}

/** Whatever of its removal a crash left. */
export async function goOnRemoving(
  deps: Core & ViewDeps,
  { tenant, application: id }: { tenant: TenantId; application: ApplicationId },
): Promise<void> {
  const application = await read(deps.table, applications, keyOf.application(tenant, id));
  if (application?.removing) await emptied(deps, systemCaller(tenant, "applicationRemove"), application);
}

async function emptied(deps: Core & ViewDeps, caller: Caller, application: Application): Promise<void> {
  for (const { id, removing } of await componentsIn(deps, application))
    if (!removing) await removeComponent(deps, caller, id).catch(goneMeanwhile);
  await finishApplicationRemoval(deps, application);
}
/** Somebody else removes the component. */
const goneMeanwhile = (error: unknown): void => {
  const isGone = isFault(error, "not_found") || (isFault(error, "conflict") && error.reason === "component.removing");
  if (!isGone) throw error;
};

/** Not by their index, which may tell of a new one a moment later. */
const componentsIn = async (deps: Core, { tenant, id }: Application): Promise<ComponentRecord[]> =>
  (await listAll(deps.table, components, { pk: `tenant#${tenant}`, prefix: "component#" })).filter((c) => c.application === id);

/** An application that is being removed goes when it is empty. */
export async function finishApplicationRemoval(deps: Core, application: Application): Promise<void> {
  if (!application.removing || (await componentsIn(deps, application)).length > 0) return;
  const { tenant, id } = application;
  const writes: Write[] = [
    // Whoever comes second finds it gone, and its name perhaps taken by another.
    remove(applications, application),
    { kind: "remove", key: applicationNames.place(nameRow(application)).key },
  ];
  const commands = [publish(tenant, "application", id)];
  try {
    await commit(deps, systemCaller(tenant, "applicationRemove"), { writes, commands }, undefined);
  } catch (error) {
    if (!isFault(error, "conflict")) throw error;
  }
}
