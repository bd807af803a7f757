import { conflict } from "../base/fault.ts";
import type { Page } from "../base/page.ts";
import type { Application } from "../contract/component.ts";
import { ApplicationId } from "../contract/id.ts";
import { changesBetween } from "../domain/plan-change.ts";
import { assertWithin } from "../domain/quota.ts";
import type { Write } from "../ports/table.ts";
import { keyIsLimited, mayReach } from "../domain/authorize.ts";
import { systemCaller } from "./caller.ts";
import { type Caller, commit, onConflictRetry } from "./change.ts";
import { applicationNames, applications, components } from "./component-tables.ts";
import type { ViewDeps } from "./component-view.ts";
import type { Core } from "./core.ts";
import { publish } from "./effects.ts";
import { listAll, next, put } from "./entity.ts";
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

/** Nothing new can be made in it from here on; each component is removed by an operation of its own, and the last one takes it along. */
export async function removeApplication(deps: Core & ViewDeps, caller: Caller, id: ApplicationId): Promise<Application> {
  const application = await onConflictRetry(deps, async () => {
    const before = await findApplication(deps, caller, id);
    if (before.removing) return before;
    const after = next(before, { removing: true });
    return commit(
      deps,
      caller,
      {
        writes: [put(applications, after)],
        commands: [publish(caller.tenant, "application", id)],
        audit: { subject: id, changes: [{ path: "", before: before.name, after: null }] },
      },
      after,
    );
  });
  const inside = await componentsIn(deps, application);
  for (const component of inside)
    if (!component.removing) await removeComponent(deps, { ...caller, idempotency: null }, component.id);
  await finishApplicationRemoval(deps, application);
  return application;
}

const componentsIn = (deps: Core, application: Application) =>
  listAll(deps.table, components, { pk: `tenant#${application.tenant}#application#${application.id}`, byIndex: true });

/** An application that is being removed goes when it is empty. */
export async function finishApplicationRemoval(deps: Core, application: Application): Promise<void> {
  if (!application.removing || (await componentsIn(deps, application)).length > 0) return;
  const { tenant, id } = application;
  const keys = [applications.place(application).key, applicationNames.place(nameRow(application)).key];
  const writes = keys.map((key): Write => ({ kind: "remove", key }));
  const commands = [publish(tenant, "application", id)];
  await commit(deps, systemCaller(tenant, "applicationRemove"), { writes, commands }, undefined);
}
