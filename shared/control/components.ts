import type { Page } from "../base/page.ts";
import type { Component } from "../contract/component.ts";
import type { ComponentId } from "../contract/id.ts";
import { mayReach } from "../domain/authorize.ts";
import type { Caller } from "./change.ts";
import { components } from "./component-tables.ts";
import { viewComponent, viewComponents, type ViewDeps } from "./component-view.ts";
import { findApplication, findComponent } from "./find.ts";
import { mapPage, pageOf, type PageAsked } from "./pages.ts";

export const componentOf = async (deps: ViewDeps, caller: Caller, id: ComponentId): Promise<Component> =>
  viewComponent(deps, await findComponent(deps, caller, id));

export async function listComponents(
  deps: ViewDeps,
  caller: Caller,
  asked: PageAsked & { application?: string | undefined },
): Promise<Page<Component>> {
  const { tenant } = caller;
  const application = asked.application && (await findApplication(deps, caller, asked.application));
  const query = application
    ? { pk: `tenant#${tenant}#application#${application.id}`, byIndex: true as const }
    : { pk: `tenant#${tenant}`, prefix: "component#" };
  const page = await pageOf(deps.table, components, query, asked, (c) => mayReach(caller, c.application));
  return mapPage(page, (items) => viewComponents(deps, items));
}
